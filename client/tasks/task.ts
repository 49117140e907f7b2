import type { Replay } from '../../shared/replay.ts';
import type { EpisodeView, Frame } from '../store/frames.ts';

/**
 * What the page has to know of a task to play its episodes here, and to draw them as plain pictures. How the stage draws
 * its worlds stands in `scene/pictures.ts`, which comes with the drawing library.
 */
export interface PageTask {
  owns(levelId: string): boolean;
  /**
   * A world at the start of an episode. Throws where the level is unknown.
   * @param recording keeps what `document` needs
   */
  createWorld(levelId: string, seed: number, recording?: boolean): PageWorld;
  /** A frame of an episode as an SVG document; with the way that the agent came, where it is asked for. */
  draw(episode: EpisodeView, frame: number, withTrail: boolean): string;
}

/** A world in which an episode is played on this page. */
export interface PageWorld {
  /** Size of the grid in cells. */
  readonly width: number;
  readonly height: number;
  readonly maxSteps: number;
  readonly steps: number;
  readonly over: boolean;
  readonly success: boolean;
  /** The task's own reward of the newest step. */
  readonly missionReward: number;
  step(action: number): void;
  /** Unsigned 32-bit, as in the replay's `hashes`. */
  stateHash(): number;
  /** The present state; shares with the frame before it whatever the step left alone. */
  frame(before: Frame | undefined): Frame;
  /**
   * The expert looks on from here: each call says what it would do in the present state, undefined where it is stuck. It
   * is told of an action that was taken instead of the one that it named.
   */
  expert(): (taken?: number) => number | undefined;
  /** The episode so far. Throws an Error where it was not recorded. */
  document(id: string, source: Replay['source']): Replay;
}
