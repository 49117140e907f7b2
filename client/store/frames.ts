import { at } from '../../shared/indexing.ts';
import type { Replay } from '../../shared/replay.ts';

/** A cell of the world: column and row, from the upper left. */
export interface Position {
  x: number;
  y: number;
}

/** What the agent carries, as indices of `ObjectType` and `COLOR_NAMES`. */
export interface CarriedObject {
  type: number;
  color: number;
}

/**
 * The world at one moment of an episode. Frames of one episode share arrays that did not change,
 * so a long episode in a large world stays small.
 */
export interface Frame {
  /** World cells, `(object, colour, state)` at `(x * height + y) * 3`; the agent is not in it. */
  readonly grid: Uint8Array;
  readonly agentX: number;
  readonly agentY: number;
  /** 0 right, 1 down, 2 left, 3 up. */
  readonly direction: number;
  readonly carrying: CarriedObject | undefined;
  /** 1 where the agent sees the world cell now, at `x * height + y`. */
  readonly visible: Uint8Array;
  /** 1 where the agent has seen the world cell in this episode, at `x * height + y`. */
  readonly seen: Uint8Array;
}

/** An episode, re-simulated: `frames[k]` is the world in which step `k` was decided; one more at the end. */
export interface EpisodeView {
  readonly replay: Replay;
  readonly width: number;
  readonly height: number;
  readonly maxSteps: number;
  readonly frames: readonly Frame[];
  /** State hash of the last re-simulated frame, unsigned 32-bit. */
  readonly finalHash: number;
  /** First frame whose hash differs from the recorded one; −1 where all agree. */
  readonly mismatch: number;
  readonly origin: EpisodeOrigin;
  /** The policy that played it was never taught to name its goals: what its goal head says means nothing. */
  readonly untaught?: boolean;
}

/** The world in which step `step` was decided; from the episode's end on, the world as it ended. */
export function frameAt({ frames }: Pick<EpisodeView, 'frames'>, step: number): Frame {
  return at(frames, Math.min(step, frames.length - 1));
}

/**
 * Where a shown episode came from: the watched run, a recording (its id), or the scripted expert, who
 * shows the mission until the run has an episode of its own.
 */
export type EpisodeOrigin =
  | { kind: 'run'; runId: string }
  | { kind: 'recording'; id: string }
  | { kind: 'expert' }
  /** Played on the server on a level and seed that were asked for. */
  | { kind: 'seed' }
  /** Played on this page by a person. */
  | { kind: 'person' }
  /** An alternative continuation of an episode, played on the server. */
  | { kind: 'whatif' };
