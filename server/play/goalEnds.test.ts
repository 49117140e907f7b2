import { expect, test } from '@jest/globals';
import { addGoalEnds, type GoalEndCounts, goalEndsText } from './goalEnds.ts';
import { KeptGoal } from './keptGoal.ts';

const POSE = { x: 5, y: 5, direction: 0 };
const FAR = { right: 2, forward: 3 };
const AHEAD = { right: 0, forward: 1 };
const [EXPLORE, GO_NEXT_TO] = [0, 1];
const never = () => false;

test('a goal ends reached, replaced, too old or cut off, and is counted with the steps that it lived', () => {
  const goal = new KeptGoal(3);
  const live = (steps: number, sees = never) => {
    for (let t = 0; t < steps; t++) goal.afterStep(POSE, sees);
  };
  // Seen: reached. Kept for a step more, it still is.
  goal.announce(EXPLORE, FAR, POSE);
  live(1, () => true);
  live(1);
  // Chosen again it lives on; then another one is chosen, before it is too old.
  goal.announce(EXPLORE, AHEAD, POSE);
  goal.announce(GO_NEXT_TO, FAR, POSE);
  live(2);
  goal.announce(GO_NEXT_TO, FAR, POSE);
  live(2);
  goal.announce(GO_NEXT_TO, AHEAD, POSE);
  // It faces that one: reached, though the episode ends.
  live(1);
  goal.drop();
  goal.announce(GO_NEXT_TO, FAR, POSE);
  live(3);
  goal.announce(EXPLORE, FAR, POSE);
  goal.drop();
  const { ends, finished, lived } = goal.takeCounts();
  const none = { goals: 0, steps: 0 };
  expect(ends).toEqual({
    explore: {
      reached: { goals: 1, steps: 2 },
      replaced: { goals: 1, steps: 0 },
      tooOld: none,
      cutOff: { goals: 1, steps: 0 },
      again: 0,
    },
    goNextTo: {
      reached: { goals: 1, steps: 1 },
      replaced: { goals: 1, steps: 4 },
      tooOld: { goals: 1, steps: 3 },
      cutOff: none,
      again: 1,
    },
  });
  expect([finished, lived]).toEqual([6, 10]);
  expect(goal.takeCounts().ends).toEqual({});

  const sum: GoalEndCounts = {};
  addGoalEnds(sum, ends);
  addGoalEnds(sum, ends);
  expect(ends.explore.reached).toEqual({ goals: 1, steps: 2 });
  expect(goalEndsText(sum).split('\n').slice(2)).toEqual([
    '| explore | 6 | 0.7 | 33.3 % | 2.0 | 33.3 % | 0.0 % | 33.3 % | 0 |',
    '| goNextTo | 6 | 2.7 | 33.3 % | 1.0 | 33.3 % | 33.3 % | 0.0 % | 2 |',
    '| all | 12 | 1.7 | 33.3 % | 1.5 | 33.3 % | 16.7 % | 16.7 % | 2 |',
  ]);
});
