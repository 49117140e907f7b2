import type { MetricPoint } from '../../shared/metrics.ts';

export interface Progress {
  /** Share of missions done before learning; undefined where it was not tested. */
  first: number | undefined;
  now: number | undefined;
  /** What these are, or what is being waited for. */
  words: string;
}

/**
 * How far a run has come, from the tests on worlds that it never trains on: only these are measured
 * on weights that stand still. Before there are two of them it says what is known.
 */
export function successSoFar(points: readonly MetricPoint[]): Progress {
  const tests = points.flatMap(({ values }) => values.evalSuccess ?? []);
  const [first] = tests;
  const now = tests.at(-1);
  if (tests.length >= 2)
    return { first, now, words: 'of missions done, in worlds it never trains on' };
  if (tests.length === 1)
    return {
      first: undefined,
      now,
      words: 'of missions done before learning; the next test comes soon',
    };
  return { first: undefined, now: undefined, words: 'Testing what it can do before it learns…' };
}
