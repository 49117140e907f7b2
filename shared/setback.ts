import type { MetricPoint } from './metrics.ts';
import { bestPool, POOL, poolEndingAt } from './testPools.ts';

/** A run that has become worse than it was, by more than chance explains. All it says was measured. */
export interface Setback {
  /** Environment steps of the newest of the tests that were best. */
  bestSteps: number;
  /** Held-out success then and now, and of how many episodes. */
  from: { value: number; count: number };
  to: { value: number; count: number };
}

/**
 * Where the 95 % interval of the newest three held-out tests lies wholly below that of the best three in a row before
 * them; undefined otherwise.
 * @param points in order; those without a test are passed over
 * @param testEpisodes episodes of one test
 */
export function setbackOf(
  points: readonly MetricPoint[],
  testEpisodes: number,
): Setback | undefined {
  const tests = points.filter(({ values }) => values.evalSuccess !== undefined);
  const now = poolEndingAt(tests, tests.length - 1, testEpisodes);
  const best = bestPool(tests.slice(0, -POOL), 0, testEpisodes);
  if (!now || !best || now.high >= best.low) return undefined;
  const share = ({ value, count }: typeof now) => ({ value, count });
  return { bestSteps: best.envSteps, from: share(best), to: share(now) };
}

/** The setback in plain words, with its numbers, and what to do about it. */
export function describeSetback({ bestSteps, from, to }: Setback): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return (
    `The agent was better before: held-out success fell from ${percent(from.value)} (of ${from.count} episodes, up to step ` +
    `${bestSteps.toLocaleString('en')}) to ${percent(to.value)} (of ${to.count}). Its best policy is kept: start from it under ` +
    'Runs, or play it under Compare.'
  );
}
