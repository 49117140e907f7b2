import type { Moment } from '../../shared/moments.ts';

/** Most episodes that are kept of a run's learning, and most bytes of them. */
export const KEPT_MOMENTS = 160;
export const KEPT_MOMENT_BYTES = 6_000_000;
/** Most episodes kept beside these because somebody has a link to them. */
export const HELD_MOMENTS = 120;
export const HELD_MOMENT_BYTES = 4_000_000;

/** What thinning has to know of a kept episode. */
export interface KeptMoment extends Pick<Moment, 'id' | 'envSteps' | 'level' | 'milestone'> {
  bytes: number;
}

/** Those that go so that the rest fit both limits. */
export interface MomentLimits {
  count: number;
  bytes: number;
}
export const MOMENT_LIMITS: MomentLimits = { count: KEPT_MOMENTS, bytes: KEPT_MOMENT_BYTES };

/**
 * Which episodes go, so that the rest fit the limits and are spread over all of learning: again and again
 * the one whose neighbours lie closest together. Distance is the share of the run's steps between two of
 * them plus the share of success, so that a run which learns in a few seconds keeps a few episodes of each
 * per cent, and one that goes on for hours keeps some of every hour. The first, the newest and the
 * milestones stay, however many bytes they have.
 * @param moments in order of steps
 */
export function surplusMoments<T extends KeptMoment>(
  moments: readonly T[],
  limits: MomentLimits = MOMENT_LIMITS,
): T[] {
  const kept = [...moments];
  const gone: T[] = [];
  let bytes = kept.reduce((sum, moment) => sum + moment.bytes, 0);
  const whole = Math.max(1, (kept.at(-1)?.envSteps ?? 0) - (kept[0]?.envSteps ?? 0));
  while (kept.length > limits.count || bytes > limits.bytes) {
    const victim = leastMissed(kept, whole);
    if (victim === undefined) break;
    for (const moment of kept.splice(victim, 1)) {
      bytes -= moment.bytes;
      gone.push(moment);
    }
  }
  return gone;
}

function leastMissed(kept: readonly KeptMoment[], whole: number): number | undefined {
  let least: number | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [i, moment] of kept.entries()) {
    const [before, after] = [kept[i - 1], kept[i + 1]];
    if (!before || !after || moment.milestone) continue;
    // Success goes up and down: the way there and back counts.
    const climb = rise(before, moment) + rise(moment, after);
    const gap = (after.envSteps - before.envSteps) / whole + climb;
    if (gap < smallest) {
      smallest = gap;
      least = i;
    }
  }
  return least;
}

function rise(a: KeptMoment, b: KeptMoment): number {
  return Math.abs((b.level ?? 0) - (a.level ?? 0));
}
