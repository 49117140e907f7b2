import 'pixi.js/unsafe-eval';
import { autoDetectRenderer, Container, Graphics, type Renderer } from 'pixi.js';
import { createGoalLabel, createGoalMark } from '../overlays/goal.ts';
import { createTrail } from '../overlays/trail.ts';
import { goalAt } from '../selectors/goals.ts';
import type { LayerChoice } from '../selectors/view.ts';
import type { EpisodeView } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';
import { fitWorld, OUTER_WALL_CUT, UNIT } from './layout.ts';
import { agentPose, momentAt } from './motion.ts';
import { createObjects } from './objects.ts';
import { drawAgent } from './shapes.ts';
import { createFog, createViewOutline, drawGround } from './world.ts';

export interface StageInput {
  episode: EpisodeView | undefined;
  /** Position in the episode, in steps with fractions. */
  cursor: number;
  layers: LayerChoice;
  theme: Theme;
  reducedMotion: boolean;
}

/** The picture of the world. It draws when asked to, and only what it is given. */
export interface Stage {
  /** Size in CSS pixels, and device pixels per CSS pixel. */
  resize(width: number, height: number, pixelRatio: number): void;
  draw(input: StageInput): void;
  /** A value that differs after each change of size: the picture has to be drawn anew. */
  size(): number;
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
  const ground = new Graphics();
  const fog = createFog();
  const outline = createViewOutline();
  const trail = createTrail();
  const objects = createObjects();
  const agent = new Graphics();
  const goalMark = createGoalMark();
  const goalLabel = createGoalLabel();
  world.addChild(
    ground,
    fog.container,
    outline.container,
    trail.container,
    goalMark.under,
    objects.container,
    goalMark.over,
    agent,
    objects.carried,
  );
  const clip = new Graphics();
  world.addChild(clip);
  world.mask = clip;
  const scene = new Container();
  scene.addChild(world, goalLabel.container);
  root.addChild(scene);

  const size = { width: host.clientWidth, height: host.clientHeight, pixelRatio };
  let resizes = 0;
  let groundOf: { episode: EpisodeView; theme: Theme } | undefined;
  let agentTheme: Theme | undefined;

  function draw({ episode, cursor, layers, theme, reducedMotion }: StageInput): void {
    scene.visible = episode !== undefined;
    if (!episode) {
      renderer.render(root);
      return;
    }
    const { replay, width, height } = episode;
    // Without motion the picture jumps from step to step.
    const moment = momentAt(reducedMotion ? Math.floor(cursor) : cursor, replay.outcome.steps);
    const pose = agentPose(episode, moment);
    const layout = fitWorld(width, height, size.width, size.height, MARGIN, size.pixelRatio);
    world.scale.set(layout.size / UNIT);
    world.position.set(layout.originX, layout.originY);

    if (groundOf?.episode !== episode || groundOf.theme !== theme) {
      drawGround(ground, episode, theme);
      frameWorld(clip, width, height);
      groundOf = { episode, theme };
    }
    if (agentTheme !== theme) {
      drawAgent(agent.clear(), theme);
      agentTheme = theme;
    }
    fog.container.visible = layers.fog;
    if (layers.fog) fog.draw(episode, moment, theme);
    outline.container.visible = layers.view;
    if (layers.view) outline.draw(episode, moment, theme);
    trail.container.visible = layers.trail;
    if (layers.trail) trail.draw(episode, moment.frame, pose, theme);
    objects.draw(episode, moment, pose, theme, layers.letters);
    agent.position.set((pose.x + 0.5) * UNIT, (pose.y + 0.5) * UNIT);
    agent.rotation = pose.angle;

    // At the end the last goal stays marked, so that it can be seen whether it was met.
    const decided = Math.min(moment.frame, replay.outcome.steps - 1);
    const goal = layers.goal ? goalAt(episode, decided) : undefined;
    goalMark.draw({
      goal,
      agent: pose,
      sinceReplan: goal ? cursor - goal.start : 0,
      theme,
      still: reducedMotion,
    });
    const at = goal?.target ?? pose;
    goalLabel.draw({
      goal,
      x: layout.originX + (at.x + 0.5) * layout.size,
      y: layout.originY + (at.y + 0.5) * layout.size,
      agentX: layout.originX + (pose.x + 0.5) * layout.size,
      agentY: layout.originY + (pose.y + 0.5) * layout.size,
      half: layout.size / 2,
      stageWidth: size.width,
      stageHeight: size.height,
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
    destroy: () => renderer.destroy(true),
  };
}
