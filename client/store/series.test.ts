import { describe, expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import { appendPoint, emptySeries, MAX_POINTS, mergePoints, seriesOf } from './series.ts';

const point = (updates: number, values: MetricPoint['values'] = {}): MetricPoint => ({
  envSteps: updates * 64,
  episodes: updates,
  seconds: updates / 2,
  updates,
  values,
});

describe('a series', () => {
  test('never holds more than its limit, and always the newest point and the whole run', () => {
    let series = emptySeries();
    for (let i = 1; i <= 5000; i++) {
      series = appendPoint(series, point(i, { success: i / 5000 }), 100);
      expect(series.points.length).toBeLessThanOrEqual(100);
    }
    expect(series.points.at(-1)).toEqual(point(5000, { success: 1 }));
    // An even grain: no stretch of the run is told by fewer points than its share allows.
    const gaps = series.points.map(
      (known, i) => known.updates - (series.points[i - 1]?.updates ?? 0),
    );
    expect(Math.max(...gaps)).toBeLessThanOrEqual((3 * 5000) / 100);
    const steps = series.points.map((known) => known.envSteps);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    // Merging averages: a straight line stays one, up to the width of what was merged.
    for (const { updates, values } of series.points) {
      expect(Math.abs((values.success as number) - updates / 5000)).toBeLessThan(0.03);
    }
  });

  test('holds a run of a million updates within its bound, ends and mean kept', () => {
    const updates = 1_000_000;
    const chunk = 2500;
    let series = emptySeries();
    for (let begun = 0; begun < updates; begun += chunk) {
      const points = Array.from({ length: chunk }, (_, i) => {
        const update = begun + i + 1;
        return point(update, { success: update / updates });
      });
      series = seriesOf([...series.points, ...points]);
      expect(series.points.length).toBeLessThanOrEqual(MAX_POINTS);
    }
    expect(series.points.length).toBeGreaterThan(MAX_POINTS / 4);
    expect(series.points.at(-1)?.updates).toBe(updates);
    for (const { updates: at, values } of series.points) {
      expect(Math.abs((values.success as number) - at / updates)).toBeLessThan(0.005);
    }
  });

  test('leaves out points that are not newer than the last', () => {
    const series = appendPoint(seriesOf([point(1), point(2)]), point(2));
    expect(series.points.map((known) => known.updates)).toEqual([1, 2]);
  });
});

test('merging keeps the last counters, the weighted mean, and what only some have', () => {
  const merged = mergePoints(
    [point(1, { success: 0.2, kl: 1 }), point(4, { success: 0.6, evalSuccess: 0.9 })],
    0,
  );
  expect(merged.updates).toBe(4);
  expect(merged.values.success).toBeCloseTo((0.2 * 1 + 0.6 * 3) / 4, 12);
  expect(merged.values).toMatchObject({ kl: 1, evalSuccess: 0.9 });
});
