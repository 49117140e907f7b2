import { describe, expect, test } from '@jest/globals';
import { paddedRange, ticks } from './scale.ts';
import { nearest, smooth, spanFor } from './smooth.ts';

describe('smoothing', () => {
  test('leaves a constant alone and starts at the first value', () => {
    const x = [0, 5, 7, 100];
    for (const value of smooth({ x, y: [3, 3, 3, 3] }, 10)) expect(value).toBeCloseTo(3, 12);
    expect(smooth({ x, y: [1, 9, 9, 9] }, 10)[0]).toBe(1);
  });

  test('weighs a point one span back by 1/e', () => {
    const [, second] = smooth({ x: [0, 10], y: [0, 1] }, 10);
    expect(second).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });

  test('goes by distance in x, not by count', () => {
    const [, far] = smooth({ x: [0, 1000], y: [0, 1] }, 10);
    expect(far).toBeCloseTo(1, 12);
  });

  test('stays within the values and reduces noise', () => {
    const x = Array.from({ length: 500 }, (_, i) => i);
    const y = x.map((i) => (i % 2 === 0 ? 0 : 1));
    const smoothed = smooth({ x, y }, 20).slice(50);
    expect(Math.max(...smoothed)).toBeLessThan(0.55);
    expect(Math.min(...smoothed)).toBeGreaterThan(0.45);
  });

  test('a span of zero is no smoothing, and a short curve gets none', () => {
    expect(smooth({ x: [0, 1], y: [4, 5] }, 0)).toEqual([4, 5]);
    expect(spanFor({ x: [1, 2], y: [0, 0] })).toBe(0);
  });
});

test('nearest finds the closest x, also beyond the ends', () => {
  const x = [0, 10, 20];
  expect([-5, 4, 6, 14, 99].map((wanted) => nearest(x, wanted))).toEqual([0, 0, 1, 1, 2]);
  expect(nearest([], 3)).toBe(-1);
});

test('ticks are round, within the range and not too many', () => {
  expect(ticks(0, 1, 3)).toEqual([0, 0.5, 1]);
  expect(ticks(0, 100, 4)).toEqual([0, 25, 50, 75, 100]);
  expect(ticks(3, 3)).toEqual([3]);
  for (const [low, high] of [
    [0, 0.007],
    [-3.3, 8.1],
    [12_000, 987_654],
  ]) {
    const found = ticks(low, high, 4);
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(found.length).toBeLessThanOrEqual(6);
    for (const tick of found) {
      expect(tick).toBeGreaterThanOrEqual(low);
      expect(tick).toBeLessThanOrEqual(high);
    }
  }
});

test('ranges have air, do not dip below zero for the air alone, and are never empty', () => {
  expect(paddedRange([])).toEqual([0, 1]);
  expect(paddedRange([0, 10])).toEqual([0, 10.8]);
  // What is only rounding does not fill the chart.
  expect(paddedRange([-5e-8, 3e-9])).toEqual([0, 0.5]);
  const [low, high] = paddedRange([5, 5]);
  expect(low).toBeLessThan(5);
  expect(high).toBeGreaterThan(5);
  expect(paddedRange([Number.NaN, 2, 4])[1]).toBeCloseTo(4.16, 10);
});
