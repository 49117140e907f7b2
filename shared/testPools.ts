import type { MetricPoint } from './metrics.ts';
import { mean, type Share, wilsonInterval } from './statistics.ts';

/** Held-out tests that are taken together: one alone is too noisy to accuse anybody. */
export const POOL = 3;

/** Some held-out tests in a row, taken together. */
export interface Pool extends Share {
  envSteps: number;
  low: number;
  high: number;
}

/** The tests up to and including number `last`, three or as many as there are. */
export function poolEndingAt(
  tests: readonly MetricPoint[],
  last: number,
  testEpisodes: number,
  first = 0,
): Pool | undefined {
  const members = tests.slice(Math.max(first, last - POOL + 1), last + 1);
  const newest = members.at(-1);
  if (!newest) return undefined;
  const value = mean(members.map(({ values }) => values.evalSuccess as number));
  const count = members.length * testEpisodes;
  const [low, high] = wilsonInterval(value * count, count);
  return { value, count, low, high, envSteps: newest.envSteps };
}

/** The one whose lower bound is highest, so that few tests with luck do not win over many. */
export function bestPool(
  tests: readonly MetricPoint[],
  first: number,
  testEpisodes: number,
): Pool | undefined {
  let best: Pool | undefined;
  for (let last = first; last < tests.length; last++) {
    const pool = poolEndingAt(tests, last, testEpisodes, first);
    if (pool && (!best || pool.low > best.low)) best = pool;
  }
  return best;
}
