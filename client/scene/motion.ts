import { Action, ObjectType } from '../../shared/constants.ts';
import { type Cell, cellAhead, cellAt, type EpisodeView, frameAt } from '../selectors/world.ts';

/** Where the agent is drawn: world cells (its cell's centre is x + 0.5), radians clockwise from +x. */
export interface DrawnPose {
  x: number;
  y: number;
  angle: number;
}

/** The cursor as a frame and how far it is on the way to the next, 0 to 1. */
export interface Moment {
  frame: number;
  t: number;
}

export function momentAt(cursor: number, steps: number): Moment {
  const frame = Math.max(0, Math.min(Math.floor(cursor), steps));
  return { frame, t: frame >= steps ? 0 : Math.min(1, Math.max(0, cursor - frame)) };
}

/** Between constant speed and a soft start and stop: steps can be told apart, walking still flows. */
export function ease(t: number): number {
  return 0.45 * t + 0.55 * t * t * (3 - 2 * t);
}

const BUMP_CELLS = 0.12;
const REACH_CELLS = 0.09;

/** The agent's pose at a moment. A step that moves nothing shows as a short push towards the cell in front. */
export function agentPose(episode: EpisodeView, { frame, t }: Moment): DrawnPose {
  const from = frameAt(episode, frame);
  const to = frameAt(episode, frame + 1);
  const e = ease(t);
  const turn = ((to.direction - from.direction + 6) % 4) - 2;
  const action = episode.replay.actions[frame];
  const still = from.agentX === to.agentX && from.agentY === to.agentY;
  let push = 0;
  if (still && action === Action.forward) push = BUMP_CELLS;
  if (action === Action.pickup || action === Action.drop || action === Action.toggle) {
    push = REACH_CELLS;
  }
  const ahead = cellAhead(from);
  const out = push * Math.sin(Math.PI * t);
  return {
    x: from.agentX + (to.agentX - from.agentX) * e + (ahead.x - from.agentX) * out,
    y: from.agentY + (to.agentY - from.agentY) * e + (ahead.y - from.agentY) * out,
    angle: (from.direction + turn * e) * (Math.PI / 2),
  };
}

/** What changes in the cell in front of the agent between two frames. */
export interface CellChange {
  x: number;
  y: number;
  before: Cell | undefined;
  after: Cell | undefined;
  kind: 'pickup' | 'drop' | 'door' | 'swap';
}

/** The one cell that this step changes; undefined where it changes none. */
export function cellChange(episode: EpisodeView, frame: number): CellChange | undefined {
  const from = episode.frames[frame];
  const to = episode.frames[frame + 1];
  if (!from || !to || from.grid === to.grid) return undefined;
  const { x, y } = cellAhead(from);
  const before = cellAt(from, episode.width, episode.height, x, y);
  const after = cellAt(to, episode.width, episode.height, x, y);
  if (before?.type === ObjectType.door && after?.type === ObjectType.door) {
    return { x, y, before, after, kind: 'door' };
  }
  if (!from.carrying && to.carrying) return { x, y, before, after, kind: 'pickup' };
  if (from.carrying && !to.carrying) return { x, y, before, after, kind: 'drop' };
  return { x, y, before, after, kind: 'swap' };
}
