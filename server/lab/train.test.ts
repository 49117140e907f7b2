import { expect, test } from '@jest/globals';
import type { EvaluationSums } from './evaluate.ts';
import { setupFor } from './models.ts';
import { taskNamed } from './tasks/index.ts';
import { trainLab } from './train.ts';

const { config } = setupFor(await taskNamed('sudoku4'), 'hrm', { sizes: { halt_max_steps: 1 } });

function sumsOf(puzzles: number, exact: number): EvaluationSums {
  const segment = { exact, cells: exact, stops: 0, haltRight: 0, movedPlanner: 0, movedDoer: 0 };
  return { puzzles, bySegment: [segment], exactAtHalt: exact, segmentsAtHalt: puzzles, bySize: {} };
}

/** A run that solves as many puzzles as the test says, by the place where they begin. */
function runSolving(solves: (skip: number, steps: number) => number, heldOut = 1000) {
  const asked: number[] = [];
  const run = {
    config,
    steps: 0,
    async train(steps: number) {
      run.steps += steps;
      return { steps, loss: steps, finished: 1, exact: 1, segments: 1 };
    },
    async evaluate(puzzles: number, _segments: number, skip = 0) {
      asked.push(skip);
      const count = Math.max(0, Math.min(puzzles, heldOut - skip));
      return sumsOf(count, Math.min(count, solves(skip, run.steps)));
    },
  };
  return { run, asked };
}

test('a figure that ends a training is confirmed on puzzles that no decision has seen', async () => {
  // The second evaluation is lucky: as many fresh puzzles say otherwise.
  const { run, asked } = runSolving((skip, steps) => (steps < 20 ? 5 : skip === 10 ? 8 : 10));
  const told: (number | undefined)[] = [];
  const result = await trainLab(
    run,
    { until: 0.9, puzzles: 10, evaluateEvery: 10 },
    ({ fresh }) => void told.push(fresh?.exact),
  );
  expect(asked).toEqual([0, 0, 10, 0, 20]);
  expect(told).toEqual([undefined, 0.8, 1]);
  expect(result.confirmed).toMatchObject({ puzzles: 10, skip: 20, exact: 1 });
  expect(result.last?.exact).toBe(1);
  expect(run.steps).toBe(30);
});

test('where all held-out puzzles have decided, none is left to confirm, and none is said to have', async () => {
  const { run } = runSolving(() => 10, 10);
  const result = await trainLab(run, { until: 0.9, puzzles: 10, evaluateEvery: 10 });
  expect(result.confirmed).toBeUndefined();
  expect(run.steps).toBe(10);
});

test('a training that is stopped says nothing of weights that were not measured', async () => {
  const { run, asked } = runSolving(() => 3);
  let turns = 0;
  const between = async () => {
    turns++;
  };
  const limits = { puzzles: 10, evaluateEvery: 50, between, stopped: () => run.steps >= 60 };
  const result = await trainLab(run, limits);
  expect(result).toMatchObject({ stopped: true, last: undefined });
  expect(result.curve.map(([steps]) => steps)).toEqual([50]);
  expect(asked).toEqual([0]);
  // After each few steps, not only when something is measured.
  expect(turns).toBe(4);
});
