import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { labTrainingSchema } from '../../../shared/lab.ts';
import { LabTrainings } from './training.ts';
import { trainLive } from './trainLoop.ts';
import type { FromLabTrainer, LabProgress, ToLabTrainer } from './trainProtocol.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-live-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A gridworld whose runs the test starts and stops, and a process that does what it says. */
function setUp() {
  const active = new Map<string, string>([['run-1', 'First steps']]);
  const log: string[] = [];
  let changed = () => {};
  const process = {
    got: [] as ToLabTrainer[],
    say: (_: FromLabTrainer) => {},
    exit: (_?: string) => {},
    isKilled: false,
  };
  const trainings = new LabTrainings({
    launch: () => ({
      send: (message) => void process.got.push(message),
      onMessage: (listener) => {
        process.say = listener;
      },
      onExit: (listener) => {
        process.exit = listener;
      },
      kill: () => {
        process.isKilled = true;
      },
    }),
    folder,
    workers: 1,
    runs: {
      active: () => active,
      pause: async (id) => void log.push(`pause ${id}`),
      resume: async (id) => void log.push(`resume ${id}`),
      onChange: (listener) => {
        changed = listener;
      },
    },
    log: () => {},
  });
  const change = (edit: (runs: Map<string, string>) => void) => {
    edit(active);
    changed();
  };
  return { trainings, process, log, change };
}

const order = { task: 'sudoku4', kind: 'hrm', seed: 1 } as const;
const progress: LabProgress = {
  steps: 20,
  seconds: 2,
  parameters: 9,
  loss: 1.5,
  exact: 0.25,
  cells: 0.5,
  puzzles: 100,
  boards: [],
};

test('the gridworld rests first, then the lab trains, then the gridworld goes on', () => {
  const { trainings, process, log, change } = setUp();
  expect(trainings.start(order)).toMatchObject({ status: 'waiting', paused: ['First steps'] });
  expect(process.got).toEqual([]);
  expect(() => trainings.start(order)).toThrow(/already; stop that first/);
  change((runs) => runs.delete('run-1'));
  expect(trainings.state.status).toBe('training');
  expect(process.got[0]).toMatchObject({ type: 'train', task: 'sudoku4', workers: 1 });
  process.say({ type: 'progress', progress });
  expect(labTrainingSchema.parse(trainings.state)).toMatchObject({
    steps: 20,
    curve: [{ steps: 20, exact: 0.25 }],
    model: 'trained-sudoku4',
  });
  trainings.stop();
  expect(process.got[1]).toEqual({ type: 'stop' });
  process.say({ type: 'ended', message: 'Stopped after 20 steps.' });
  process.exit();
  expect(trainings.state).toMatchObject({ status: 'ended', message: 'Stopped after 20 steps.' });
  expect(log).toEqual(['pause run-1', 'resume run-1']);
});

test('a run that somebody starts is not trained beside: the lab gives way, and takes nothing back', () => {
  const { trainings, process, log, change } = setUp();
  trainings.start(order);
  change((runs) => runs.delete('run-1'));
  change((runs) => runs.set('run-2', 'Another'));
  expect(process.got.at(-1)).toEqual({ type: 'stop' });
  process.say({ type: 'ended', message: 'Stopped after 9 steps.' });
  process.exit();
  expect(trainings.state).toMatchObject({
    status: 'ended',
    message: 'Another was started meanwhile.',
  });
  expect(log).toEqual(['pause run-1']);
});

test('a training that crashes is told of, and the gridworld goes on', () => {
  const { trainings, process, log, change } = setUp();
  trainings.start(order);
  change((runs) => runs.delete('run-1'));
  process.exit('ran out of memory');
  expect(trainings.state).toMatchObject({
    status: 'failed',
    message: 'The training ran out of memory.',
  });
  expect(log.at(-1)).toBe('resume run-1');
  // And another one may be started.
  expect(trainings.start(order).status).toBe('training');
});

test('a long curve is thinned, and keeps its newest point', () => {
  const { trainings, process, change } = setUp();
  trainings.start(order);
  change((runs) => runs.clear());
  for (let steps = 1; steps <= 1000; steps++)
    process.say({ type: 'progress', progress: { ...progress, steps } });
  const { curve } = trainings.state;
  expect(curve.length).toBeLessThanOrEqual(400);
  expect(curve.at(-1)?.steps).toBe(1000);
  expect(curve[0]?.steps).toBe(1);
});

test('a model is really trained while the same six puzzles are shown, and kept', async () => {
  const told: LabProgress[] = [];
  const file = join(folder, 'trained-sudoku4.safetensors');
  const message = await trainLive(
    { type: 'train', ...order, workers: 1, file, maxSeconds: 60 },
    { tell: (one) => void told.push(one), shouldStop: () => told.length >= 2 },
  );
  const [first, last] = told as [LabProgress, LabProgress];
  expect(first).toMatchObject({ steps: 0, loss: null, exact: 0 });
  expect(last.steps).toBeGreaterThan(0);
  expect(message).toBe(`Stopped after ${last.steps} steps.`);
  expect(first.boards).toHaveLength(6);
  expect(last.boards.map(({ puzzle }) => puzzle)).toEqual(first.boards.map(({ puzzle }) => puzzle));
  const sizes = first.boards.map(({ puzzle }) => puzzle.size);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(last.boards.map(({ answer }) => answer)).not.toEqual(
    first.boards.map(({ answer }) => answer),
  );
});
