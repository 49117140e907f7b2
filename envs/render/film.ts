import { ObjectType } from '../../shared/constants.ts';
import type { Replay } from '../../shared/replay.ts';
import { cellType, createEnv, type EnvState, WALL_CELL } from '../index.ts';
import { markSeen } from '../view.ts';
import { type Caption, createCaption, type GoalInForce, goalAt } from './caption.ts';
import { COLORS } from './colors.ts';
import { Canvas, type Coat, rect } from './raster.ts';
import { agentCoats, carriedCoats, GOAL_CORNERS, GOAL_FLOOR, thingCoats, UNIT } from './shapes.ts';

/** What is drawn beside world and agent. */
export const LAYERS = ['fog', 'goal', 'text'] as const;
export type Layer = (typeof LAYERS)[number];

export interface FilmOptions {
  /** Pixels of a cell's side; by default so that the picture is about 640 pixels wide. */
  readonly cell?: number;
  /** By default all. */
  readonly layers?: readonly Layer[];
}

export const MIN_CELL_PX = 8;
export const MAX_CELL_PX = 96;
const MAX_SIDE_PX = 4096;
const USUAL_SIDE_PX = 640;
const REMEMBERED_ALPHA = 0.36;
const UNKNOWN_ALPHA = 0.66;

/** An episode that cannot be drawn as asked, in one line. */
export class PictureError extends Error {
  override name = 'PictureError';
}

/** An episode as pictures: one before the first step, and one after each step. */
export interface Film {
  readonly width: number;
  readonly height: number;
  /** steps + 1 */
  readonly count: number;
  /**
   * Draws the wanted frames, in order (all, where none are named). Each is drawn into the same canvas:
   * copy it to keep it. Throws a PictureError at the first state that is not as recorded: a picture
   * shows what happened, or there is none.
   */
  frames(wanted?: ReadonlySet<number>): IterableIterator<{ index: number; canvas: Canvas }>;
}

/** Draws an episode without a browser. Throws a PictureError for an unknown level or too large a picture. */
export function createFilm(replay: Replay, options: FilmOptions = {}): Film {
  const state = freshWorld(replay).state;
  const longest = Math.max(state.width, state.height);
  const cell = options.cell ?? Math.min(48, Math.max(16, Math.floor(USUAL_SIDE_PX / longest)));
  const layers = new Set(options.layers ?? LAYERS);
  // Film encoders want even sides.
  const width = even(state.width * cell);
  const caption = layers.has('text') ? createCaption(replay, width) : undefined;
  const worldHeight = state.height * cell;
  const height = even(worldHeight + (caption?.height ?? 0));
  checkSides(width, height);
  const painter = createPainter(cell, layers, caption);
  return {
    width,
    height,
    count: replay.outcome.steps + 1,
    *frames(wanted) {
      const canvas = new Canvas(width, height, COLORS.background);
      const env = freshWorld(replay);
      const seen = new Uint8Array(env.state.codes.length);
      const last = wanted ? Math.max(...wanted) : replay.outcome.steps;
      for (let index = 0; index <= last; index++) {
        if (index > 0) env.advance(replay.actions[index - 1]);
        if (env.stateHash() !== replay.hashes[index])
          throw new PictureError(
            `the state after step ${index} is not as recorded; replay verify tells more`,
          );
        markSeen(env.state, seen);
        if (wanted && !wanted.has(index)) continue;
        painter(canvas, env.state, seen, index, goalAt(replay, index, env.state));
        yield { index, canvas };
      }
    },
  };
}

/** Throws a PictureError for a picture that is too large, in pixels. */
export function checkSides(width: number, height: number): void {
  if (Math.max(width, height) > MAX_SIDE_PX)
    throw new PictureError(
      `a picture of ${width} x ${height} pixels is too large; accepted: up to ${MAX_SIDE_PX} each, so give smaller cells`,
    );
}

/** An environment as it stands now: the world and the agent, nothing else. `cell`: pixels of a cell's side. */
export function drawWorld(state: EnvState, cell: number): Canvas {
  const canvas = new Canvas(state.width * cell, state.height * cell, COLORS.background);
  const seen = new Uint8Array(state.codes.length);
  createPainter(cell, new Set(), undefined)(canvas, state, seen, 0, undefined);
  return canvas;
}

function freshWorld(replay: Replay) {
  try {
    return createEnv(replay.levelId, { seed: replay.seed });
  } catch (error) {
    throw new PictureError((error as Error).message);
  }
}

const even = (pixels: number) => pixels + (pixels & 1);

type Painter = (
  canvas: Canvas,
  state: EnvState,
  seen: Uint8Array,
  frame: number,
  goal: GoalInForce | undefined,
) => void;

function createPainter(
  cell: number,
  layers: ReadonlySet<Layer>,
  caption: Caption | undefined,
): Painter {
  const tiles = new Map<string, Canvas>();
  const visible = { now: new Uint8Array(0) };

  /** A cell with all that does not move over it; the same picture for cells that look the same. */
  function tile(state: EnvState, x: number, y: number, dim: number, isTarget: boolean): Canvas {
    const code = state.codeAt(x, y);
    const isWall = (cx: number, cy: number) =>
      !state.isInside(cx, cy) || state.codeAt(cx, cy) === WALL_CELL;
    const walls = code === WALL_CELL ? 0 : Number(isWall(x, y - 1)) + 2 * Number(isWall(x - 1, y));
    const key = `${code}.${walls}.${dim}.${isTarget}`;
    let drawn = tiles.get(key);
    if (!drawn) {
      drawn = new Canvas(cell, cell, code === WALL_CELL ? COLORS.wall : COLORS.floor);
      const coats: Coat[] = code === WALL_CELL ? [] : groundCoats(walls);
      if (dim > 0) coats.push({ shape: WHOLE, color: COLORS.fog, alpha: dim });
      if (isTarget) coats.push(...GOAL_FLOOR);
      if (cellType(code) > ObjectType.wall) coats.push(...thingCoats(code));
      if (isTarget) coats.push(...GOAL_CORNERS);
      drawn.paint(coats, 0, 0, cell, UNIT);
      tiles.set(key, drawn);
    }
    return drawn;
  }

  return (canvas, state, seen, frame, goal) => {
    if (visible.now.length !== seen.length) visible.now = new Uint8Array(seen.length);
    visible.now.fill(0);
    markSeen(state, visible.now);
    const target = layers.has('goal') ? goal?.target : undefined;
    for (let y = 0; y < state.height; y++)
      for (let x = 0; x < state.width; x++) {
        const at = state.index(x, y);
        const dim =
          !layers.has('fog') || visible.now[at] ? 0 : seen[at] ? REMEMBERED_ALPHA : UNKNOWN_ALPHA;
        const isTarget = target?.x === x && target.y === y;
        canvas.copy(tile(state, x, y, dim, isTarget), x * cell, y * cell);
      }
    const [left, top] = [state.agentX * cell, state.agentY * cell];
    canvas.paint(agentCoats(state.agentDir), left, top, cell, UNIT);
    if (state.carrying >= 0) canvas.paint(carriedCoats(state.handCode()), left, top, cell, UNIT);
    if (!caption) return;
    const below = state.height * cell;
    canvas.fill(0, below, canvas.width, canvas.height - below, COLORS.background);
    caption.draw(canvas, below, frame, goal);
  };
}

const WHOLE = rect(-UNIT, -UNIT, 2 * UNIT, 2 * UNIT);

/** Lines between cells, and the shadow of walls above and to the left. */
function groundCoats(walls: number): Coat[] {
  const half = UNIT / 2;
  const coats: Coat[] = [
    { shape: rect(half - 3, -half, 3, UNIT), color: COLORS.floorLine },
    { shape: rect(-half, half - 3, UNIT, 3), color: COLORS.floorLine },
  ];
  if (walls & 1)
    coats.push({ shape: rect(-half, -half, UNIT, 12), color: COLORS.wallEdge, alpha: 0.55 });
  if (walls & 2)
    coats.push({ shape: rect(-half, -half, 12, UNIT), color: COLORS.wallEdge, alpha: 0.55 });
  return coats;
}
