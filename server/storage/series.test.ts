import { expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import { thinned } from './series.ts';

const series = (length: number, test = 0): MetricPoint[] =>
  Array.from({ length }, (_, at) => ({
    updates: at + 1,
    envSteps: at * 100,
    episodes: at,
    seconds: at,
    values: {
      return: Math.sin(at / 50) / 10,
      ...(test > 0 && at % test === 0 && { evalSuccess: at / length }),
    },
  }));

test('a short series stays as it is', () => expect(thinned(series(10), 10)).toEqual(series(10)));

test('spikes, both ends and the newest points stay, whatever the size', () => {
  const points = series(20_000, 10);
  points[777]!.values.return = 5;
  points[12_345]!.values.return = -5;
  for (const max of [10, 100, 1000]) {
    const kept = thinned(points, max);
    expect(kept.length).toBeLessThanOrEqual(max);
    expect(kept.length).toBeGreaterThan(max / 2);
    const updates = kept.map((point) => point.updates);
    expect(updates).toEqual(expect.arrayContaining([1, 778, 12_346, 20_000]));
    expect(updates).toEqual([...updates].sort((a, b) => a - b));
  }
});

test('thinned again and again as it grows, a series still covers its whole history evenly', () => {
  let kept: MetricPoint[] = [];
  for (const point of series(30_000, 7)) {
    kept.push(point);
    if (kept.length > 400) kept = thinned(kept, 300);
  }
  const old = kept.map(({ updates }) => updates).filter((updates) => updates < 29_000);
  const gaps = old.slice(1).map((updates, at) => updates - old[at]!);
  expect(Math.max(...gaps)).toBeLessThan(1000);
  const tested = kept.filter(({ values }) => values.evalSuccess !== undefined);
  expect(tested.length).toBeGreaterThan(80);
  expect(tested.length).toBeLessThan(kept.length);
});
