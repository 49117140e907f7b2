import { expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import { successSoFar } from './progress.ts';

const point = (updates: number, values: MetricPoint['values']): MetricPoint => ({
  ...{ updates, envSteps: updates * 1000, episodes: updates, seconds: updates },
  values,
});

test('progress is told by held-out tests alone, and what is waited for is said', () => {
  expect(successSoFar([point(1, { success: 0.9 })])).toMatchObject({ now: undefined });
  expect(successSoFar([point(0, { evalSuccess: 0.21 })])).toMatchObject({
    first: undefined,
    now: 0.21,
    words: expect.stringContaining('before learning'),
  });
  const testing = { done: 34, of: 100, secondsLeft: 12 };
  expect(successSoFar([], testing).words).toBe(
    'Testing before learning: 34 of 100; learning begins in about 12 s',
  );
  expect(successSoFar([], { done: 2, of: 100 }).words).toBe('Testing before learning: 2 of 100');
  expect(successSoFar([], { ...testing, secondsLeft: 400 }).words).toMatch(/about 7 min$/);
  const points = [0.21, 0.5, 0.98].map((evalSuccess, i) => point(i, { evalSuccess }));
  expect(successSoFar(points)).toMatchObject({ first: 0.21, now: 0.98 });
});
