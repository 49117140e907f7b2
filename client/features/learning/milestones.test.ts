import { expect, test } from '@jest/globals';
import type { Milestone, Moment } from '../../../shared/moments.ts';
import { BARE, FULL, placeMilestones } from './milestones.ts';

const at = (x: number, milestone: Milestone = 'opens') => ({
  x,
  moment: { id: `e${x}`, milestone } as Moment,
});
const edges = (places: Parameters<typeof placeMilestones>[0], to: number) =>
  placeMilestones(places, 30, to).map(({ left, width }) => [Math.round(left), width]);

test('pictures stand at their places where there is room', () => {
  expect(edges([at(100), at(500)], 900)).toEqual([
    [100 - BARE / 2, FULL],
    [500 - BARE / 2, FULL],
  ]);
});

test('close together they stand in order beside one another, and never leave the plot', () => {
  const placed = placeMilestones([at(870), at(880), at(890)], 30, 900);
  for (const [i, one] of placed.entries()) {
    const next = placed[i + 1];
    expect(one.left + one.width).toBeLessThanOrEqual(next?.left ?? 900);
  }
  expect(edges([at(30), at(31)], 900)[0]).toEqual([30, FULL]);
});

test('in a narrow plot the words go, and then the oldest', () => {
  expect(edges([at(40), at(50), at(60)], 330).map(([, width]) => width)).toEqual([
    BARE,
    BARE,
    BARE,
  ]);
  expect(placeMilestones([at(40), at(50), at(60)], 30, 120).map(({ moment }) => moment.id)).toEqual(
    ['e50', 'e60'],
  );
});
