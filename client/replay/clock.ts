import type { Loop, Playback } from '../store/state.ts';

/** Steps a second at speed 1. */
export const STEPS_PER_SECOND = 4;
/** Seconds for which an episode's end stays on the stage, at speed 1; shorter when faster. */
export const END_HOLD_SECONDS = 1.6;

export interface Tick {
  playback: Playback;
  /** True once the end has been held long enough: time for the next episode. */
  finished: boolean;
}

/** The playback after `seconds` more; negative time counts as 0. Pure: returns the same object if nothing moved. */
export function advance(playback: Playback, steps: number, seconds: number): Tick {
  if (playback.mode === 'paused') return { playback, finished: false };
  // The first animation frame may carry a time from before the page asked for it.
  const elapsed = Math.max(0, seconds);
  const moved = playback.cursor + elapsed * STEPS_PER_SECOND * playback.speed;
  const { loop } = playback;
  if (loop?.to !== undefined && moved >= loop.to) {
    // A cursor moved past the stretch by hand plays on from there.
    if (playback.cursor < loop.to) {
      const cursor = loop.from + ((moved - loop.from) % (loop.to - loop.from));
      return { playback: { ...playback, cursor, held: 0 }, finished: false };
    }
  }
  const cursor = Math.min(steps, moved);
  if (cursor < steps) return { playback: { ...playback, cursor, held: 0 }, finished: false };
  const held = playback.cursor < steps ? 0 : playback.held + elapsed;
  const hold = END_HOLD_SECONDS / Math.max(1, Math.sqrt(playback.speed));
  return { playback: { ...playback, cursor, held }, finished: held >= hold };
}

/**
 * The stretch to be looped after mark A (`from`) or B (`to`) was set at the cursor. Each takes in the
 * step on the stage; a mark that would turn the stretch round starts a new one.
 */
export function markLoop(
  loop: Loop | undefined,
  mark: 'from' | 'to',
  cursor: number,
  steps: number,
): Loop | undefined {
  if (steps === 0) return undefined;
  const step = Math.min(Math.floor(cursor), steps - 1);
  if (mark === 'from') {
    return { from: step, to: loop?.to !== undefined && loop.to > step ? loop.to : undefined };
  }
  return { from: loop && loop.from <= step ? loop.from : 0, to: step + 1 };
}

/** The cursor moved by whole steps: forward to the next, back to the start of this or the one before. */
export function stepBy(cursor: number, steps: number, delta: number): number {
  const whole = delta > 0 ? Math.floor(cursor) : Math.ceil(cursor);
  return Math.min(steps, Math.max(0, whole + delta));
}
