import 'pixi.js/unsafe-eval';
import { autoDetectRenderer, Container, Graphics, type Renderer } from 'pixi.js';
import type { ExpertStop } from '../overlays/expert.ts';
import { createGoalMark } from '../overlays/goal.ts';
import { createGoalLabel } from '../overlays/goalLabel.ts';
import type { Box } from '../overlays/placeLabel.ts';
import { createTrail } from '../overlays/trail.ts';
import { type GoalNow, goalAt } from '../selectors/goals.ts';
import { impliedPath } from '../selectors/route.ts';
import { type EpisodeView, frameAt } from '../selectors/world.ts';
import type { Position } from '../store/frames.ts';
import type { Layers } from '../store/layers.ts';
import type { Theme } from '../theme/theme.ts';
import { createMindLayers } from './layers.ts';
import { cellOf, fitWorld, type Layout, OUTER_WALL_CUT, UNIT } from './layout.ts';
import { agentPose, momentAt } from './motion.ts';
import { cellBox, createOccupied } from './occupied.ts';
import { createPicture } from './pictures.ts';
import { createFog, createViewOutline } from './world.ts';

export interface StageInput {
  episode: EpisodeView | undefined;
  /** Position in the episode, in steps with fractions. */
  cursor: number;
  layers: Layers;
  /** What the expert would do from here; drawn where its layer is on. */
  expert: readonly ExpertStop[];
  theme: Theme;
  reducedMotion: boolean;
}

/** The picture of the world. It draws when asked to, and only what it is given. */
export interface Stage {
  /** Size in CSS pixels, and device pixels per CSS pixel. */
  resize(width: number, height: number, pixelRatio: number): void;
  draw(input: StageInput): void;
  /** A value that differs after each change of size and each lost context: the picture has to be drawn anew. */
  size(): number;
  /** World cell under a point of the stage in CSS pixels, as last drawn; undefined outside the world. */
  cellAt(x: number, y: number): Position | undefined;
  /** Where a world cell is on the stage in CSS pixels, as last drawn. */
  boxOf(x: number, y: number): Box | undefined;
  destroy(): void;
}

const MARGIN = 16;

/** Lets through the world without the outer half of the wall around it. */
function frameWorld(clip: Graphics, width: number, height: number): void {
  const cut = OUTER_WALL_CUT * UNIT;
  clip
    .clear()
    .rect(cut, cut, width * UNIT - 2 * cut, height * UNIT - 2 * cut)
    .fill('#ffffff');
}

/**
 * Makes the stage inside `host`: on WebGL, or on a plain canvas where there is none.
 * Throws where the browser offers neither.
 */
export async function createStage(host: HTMLElement, pixelRatio: number): Promise<Stage> {
  const renderer: Renderer = await autoDetectRenderer({
    preference: ['webgl', 'canvas'],
    antialias: true,
    autoDensity: true,
    resolution: pixelRatio,
    backgroundAlpha: 0,
    width: Math.max(1, host.clientWidth),
    height: Math.max(1, host.clientHeight),
    eventMode: 'none',
  } as Parameters<typeof autoDetectRenderer>[0]);
  host.append(renderer.canvas as HTMLCanvasElement);

  const root = new Container();
  const world = new Container();
  const picture = createPicture();
  const fog = createFog();
  const outline = createViewOutline();
  const trail = createTrail();
  const goalMark = createGoalMark();
  const goalLabel = createGoalLabel();
  const mind = createMindLayers();
  const occupied = createOccupied();
  world.addChild(
    picture.ground,
    fog.container,
    outline.container,
    trail.container,
    ...mind.under,
    goalMark.under,
    picture.things,
    goalMark.over,
    picture.agent,
  );
  const clip = new Graphics();
  world.addChild(clip);
  world.mask = clip;
  const scene = new Container();
  scene.addChild(world, goalLabel.container);
  root.addChild(scene);

  const size = { width: host.clientWidth, height: host.clientHeight, pixelRatio };
  let resizes = 0;
  // The renderer, which listened first, has made its programs and buffers anew by now; nothing is drawn with them yet.
  renderer.canvas.addEventListener('webglcontextrestored', () => {
    resizes += 1;
  });
  let framed: EpisodeView | undefined;
  let wayOf: { episode: EpisodeView; frame: number; goal: number; way: Position[] } | undefined;
  let drawn: { episode: EpisodeView; layout: Layout } | undefined;

  /** The way that the goal implies at a frame; the same list while both stay. */
  function wayTo(episode: EpisodeView, frame: number, goal: GoalNow | undefined): Position[] {
    if (!goal?.target) return [];
    if (wayOf?.episode !== episode || wayOf.frame !== frame || wayOf.goal !== goal.start) {
      const way = impliedPath(episode, frameAt(episode, frame), goal.target);
      wayOf = { episode, frame, goal: goal.start, way };
    }
    return wayOf.way;
  }

  function draw({ episode, cursor, layers, expert, theme, reducedMotion }: StageInput): void {
    scene.visible = episode !== undefined;
    if (!episode) {
      drawn = undefined;
      renderer.render(root);
      return;
    }
    const { replay, width, height } = episode;
    // Without motion the picture jumps from step to step.
    const moment = momentAt(reducedMotion ? Math.floor(cursor) : cursor, replay.outcome.steps);
    const pose = agentPose(episode, moment);
    const layout = fitWorld(width, height, size.width, size.height, MARGIN, size.pixelRatio);
    drawn = { episode, layout };
    world.scale.set(layout.size / UNIT);
    world.position.set(layout.originX, layout.originY);

    if (framed !== episode) frameWorld(clip, width, height);
    framed = episode;
    fog.container.visible = layers.fog;
    if (layers.fog) fog.draw(episode, moment, theme);
    outline.container.visible = layers.view;
    if (layers.view) outline.draw(episode, moment, theme);
    trail.container.visible = layers.trail;
    if (layers.trail) trail.draw(episode, moment.frame, pose, theme);
    // At the end the last step stays marked, so that it can be seen whether its goal was met.
    const step = Math.min(moment.frame, replay.outcome.steps - 1);
    mind.draw({ episode, moment, step, pose, layers, expert, size: layout.size, theme });
    picture.draw({ episode, moment, pose, theme, letters: layers.letters });

    const wanted = layers.goal ? goalAt(episode, step) : undefined;
    // A guess is not drawn: it would look like a plan.
    const goal = wanted?.decided ? wanted : undefined;
    goalMark.draw({
      goal,
      agent: pose,
      path: wayTo(episode, moment.frame, goal),
      sinceReplan: goal ? cursor - goal.start : 0,
      theme,
      still: reducedMotion,
    });
    const { agentX, agentY } = frameAt(episode, moment.frame);
    const at = goal?.target ?? { x: agentX, y: agentY };
    goalLabel.draw({
      goal,
      target: cellBox(layout, at.x, at.y),
      occupied: occupied(episode, moment.frame, layout),
      stage: size,
      theme,
    });
    renderer.render(root);
  }

  return {
    resize(width, height, ratio) {
      if (width < 1 || height < 1) return;
      Object.assign(size, { width, height, pixelRatio: ratio });
      resizes += 1;
      renderer.resize(width, height, ratio);
    },
    draw,
    size: () => resizes,
    cellAt: (x, y) =>
      drawn && cellOf(drawn.layout, drawn.episode.width, drawn.episode.height, x, y),
    boxOf: (x, y) => drawn && cellBox(drawn.layout, x, y),
    destroy: () => renderer.destroy(true),
  };
}
