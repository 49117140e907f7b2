import { expect, test } from '@jest/globals';
import { Path } from './study.ts';

/** A corridor in which the agent sees its own cell, and maybe one more. */
const at = (steps: number, place: number, seen: readonly number[] = [place]) => ({
  ...{ steps, width: 9, height: 1, worldHash: () => place },
  sees: (x: number) => seen.includes(x),
});

test('steps after which everything is as it was are left out; looking around is not', () => {
  const circling = new Path();
  for (const [steps, place] of [0, 1, 2, 1, 2, 3].entries()) circling.add(at(steps, place));
  // At step 4 it is where it was at step 2, and has seen nothing new since.
  expect(circling.steps).toEqual([0, 1, 4, 5]);
  const stuck = new Path();
  for (let steps = 0; steps < 5; steps++) stuck.add(at(steps, 4));
  expect(stuck.steps).toEqual([4]);
  const looking = new Path();
  looking.add(at(0, 4));
  looking.add(at(1, 4, [4, 5]));
  expect(looking.steps).toEqual([0, 1]);
});
