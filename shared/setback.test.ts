import { expect, test } from '@jest/globals';
import type { MetricPoint } from './metrics.ts';
import { describeSetback, setbackOf } from './setback.ts';

/** Points of which every second one has a held-out test. */
const tested = (...successes: number[]): MetricPoint[] =>
  successes.flatMap((evalSuccess, i) =>
    [{}, { evalSuccess }].map((values, k) => ({
      ...{ updates: 2 * i + k + 1, envSteps: 1000 * (2 * i + k + 1), episodes: 0, seconds: 0 },
      values,
    })),
  );

test('a late fall is a setback once three tests together are surely below the best three before', () => {
  const risen = [0.8, 0.88, 0.92, 0.93, 0.91];
  expect(setbackOf(tested(...risen), 100)).toBeUndefined();
  // One bad test may be chance; and a rise is none.
  expect(setbackOf(tested(...risen, 0.8), 100)).toBeUndefined();
  expect(setbackOf(tested(0.5, 0.6, 0.7, 0.8, 0.9), 100)).toBeUndefined();
  const setback = setbackOf(tested(...risen, 0.78, 0.74, 0.7), 100);
  expect(setback).toEqual({
    bestSteps: 10_000,
    from: { value: expect.closeTo(0.92), count: 300 },
    to: { value: expect.closeTo(0.74), count: 300 },
  });
  // Of few episodes nobody is sure.
  expect(setbackOf(tested(...risen, 0.78, 0.74, 0.7), 10)).toBeUndefined();
  expect(describeSetback(setback!)).toMatch(
    /fell from 92 % \(of 300 episodes, up to step 10,000\) to 74 % \(of 300\)/,
  );
});
