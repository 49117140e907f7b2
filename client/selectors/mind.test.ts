import { expect, test } from '@jest/globals';
import { GOAL_CANDIDATES, type Readouts } from '../../shared/replay.ts';
import { mindedReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { beliefAt, cellValues, orbits, thoughtAt, valueRange } from './mind.ts';

/** Readouts of the first three steps: replans at steps 0 and 2, two iterations a phase, one update. */
function readouts(): Readouts {
  const cycles = [4, 2, 4];
  const rows = cycles.reduce((a, b) => a + b);
  const column = <T>(length: number, value: (i: number) => T) =>
    Array.from({ length }, (_, i) => value(i));
  return {
    cycles,
    actions: column(rows * 7, (i) => (i % 7 === 2 ? 100 * Math.floor(i / 7) : 0)),
    plannerCycles: 1,
    goalX: column(2 * GOAL_CANDIDATES, (i) => (i % GOAL_CANDIDATES === 1 ? -1 : i)),
    goalY: column(2 * GOAL_CANDIDATES, (i) => (i % GOAL_CANDIDATES === 1 ? -1 : 3)),
    goals: column(2 * 2 * GOAL_CANDIDATES, (i) => i),
    subgoals: column(2 * 7, (i) => 10 * i),
  };
}

function episode() {
  const replay = mindedReplay('BabyAI-GoToLocal-v0', 5, [
    { at: 0, subgoal: 0, x: -1, y: -1 },
    { at: 2, subgoal: 1, x: 3, y: 3 },
  ]);
  const plane = Array.from({ length: 2 * replay.outcome.steps }, (_, i) => i);
  const mind = { ...replay.mind!, readouts: readouts(), planeH: plane, planeL: plane };
  return simulate({ ...replay, mind }, { kind: 'run', runId: 'r' });
}

test('a thought has a row for each iteration, told apart before and after the Planner', () => {
  const shown = episode();
  const thought = thoughtAt(shown, 2)!;
  expect(thought.before).toBe(2);
  expect(thought.actions.map((row) => row[2])).toEqual([0.6, 0.7, 0.8, 0.9]);
  expect(thoughtAt(shown, 1)).toMatchObject({ before: 2, actions: [{ length: 7 }, { length: 7 }] });
  expect(thoughtAt(shown, 3)).toBeUndefined();
});

test('a belief is that of the last replan, with its shares before and after', () => {
  const shown = episode();
  expect(beliefAt(shown, 1)?.step).toBe(0);
  const belief = beliefAt(shown, 2)!;
  expect(belief.candidates).toHaveLength(GOAL_CANDIDATES);
  expect(belief.candidates[0]).toEqual({ place: { x: 8, y: 3 }, shares: [0.016, 0.024] });
  expect(belief.candidates[1].place).toBeUndefined();
  expect(belief.subgoals[0].share).toBeCloseTo(0.13, 10);
  // The goal of a step without readouts of its own is the one that it still keeps.
  expect(beliefAt(shown, shown.replay.outcome.steps - 1)?.step).toBe(2);
});

test('the ways through the planes have a point for each step', () => {
  const shown = episode();
  expect(orbits(shown)?.h.points[1]).toEqual([2, 3]);
  expect(orbits(shown)?.h.share).toBeUndefined();
  expect(
    orbits(
      simulate(mindedReplay('BabyAI-GoToLocal-v0', 5, [{ at: 0, subgoal: 0, x: 1, y: 1 }]), {
        kind: 'expert',
      }),
    ),
  ).toBeUndefined();
});

test('cells keep the value of the last visit so far', () => {
  const shown = episode();
  const steps = shown.replay.outcome.steps;
  expect(cellValues(shown, 0)).toEqual([
    { x: shown.frames[0].agentX, y: shown.frames[0].agentY, value: 0 },
  ]);
  const last = cellValues(shown, steps - 1);
  const { agentX, agentY } = shown.frames[steps - 1];
  expect(last.find(({ x, y }) => x === agentX && y === agentY)?.value).toBeCloseTo(
    (steps - 1) / steps,
    10,
  );
  expect(valueRange(shown)).toEqual([0, (steps - 1) / steps]);
});
