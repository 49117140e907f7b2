import { expect, test } from '@jest/globals';
import { Random } from '../../policy/random.ts';
import { type Plane, PlaneFit, project } from './plane.ts';

const WIDTH = 24;

/** Carries that differ most along axis 3, next along axis 7, a little everywhere. */
function carries(count: number, random: Random, tilt = 0): Float32Array {
  const rows = new Float32Array(count * WIDTH);
  for (let i = 0; i < count; i++) {
    const long = 6 * (random.uniform() - 0.5);
    const short = 3 * (random.uniform() - 0.5);
    for (let d = 0; d < WIDTH; d++) rows[i * WIDTH + d] = 2 + 0.2 * (random.uniform() - 0.5);
    rows[i * WIDTH + 3] += long * Math.cos(tilt);
    rows[i * WIDTH + 5] += long * Math.sin(tilt);
    rows[i * WIDTH + 7] += short;
  }
  return rows;
}

const alignment = (a: Plane, b: Plane) =>
  [0, WIDTH].map((at) => {
    let sum = 0;
    for (let d = 0; d < WIDTH; d++) sum += a.axes[at + d] * b.axes[at + d];
    return sum;
  });

test('finds the two directions of most variance, in that order, orthonormal', () => {
  const fit = new PlaneFit(WIDTH);
  fit.add(carries(300, new Random(1)));
  const plane = fit.fit() as Plane;
  expect(plane.axes[3]).toBeGreaterThan(0.98);
  expect(plane.axes[WIDTH + 7]).toBeGreaterThan(0.98);
  expect(alignment(plane, plane)).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)]);
  expect(plane.share).toBeGreaterThan(0.9);
  const point = plane.mean.slice();
  point[3] += 2;
  point[7] -= 1;
  const [x, y] = project(plane, point, 0);
  expect(x).toBeCloseTo(2 * plane.axes[3] - plane.axes[7], 4);
  expect(y).toBeCloseTo(2 * plane.axes[WIDTH + 3] - plane.axes[WIDTH + 7], 4);
});

test('says nothing before there are enough carries', () => {
  const fit = new PlaneFit(WIDTH);
  fit.add(carries(10, new Random(1)));
  expect(fit.fit()).toBeUndefined();
});

test('turns little from fit to fit while the carries drift, and never flips', () => {
  const fit = new PlaneFit(WIDTH);
  const random = new Random(2);
  let former: Plane | undefined;
  for (let round = 0; round < 30; round++) {
    fit.add(carries(40, random, round * 0.05));
    const plane = fit.fit();
    if (former && plane) {
      for (const value of alignment(former, plane)) expect(value).toBeGreaterThan(0.95);
    }
    former = plane ?? former;
  }
  expect(former).toBeDefined();
});

test('the same carries give the same plane, bit for bit', () => {
  const [a, b] = [1, 2].map(() => {
    const fit = new PlaneFit(WIDTH);
    fit.add(carries(100, new Random(3)));
    fit.fit();
    fit.add(carries(100, new Random(4)));
    return fit.fit() as Plane;
  });
  expect(a.axes).toEqual(b.axes);
  expect(a.share).toBe(b.share);
});
