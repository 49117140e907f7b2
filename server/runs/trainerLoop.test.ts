import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { sampleRun } from '../storage/sample.testing.ts';
import { DEFAULT_DRIVE } from './driveOptions.ts';
import { createFakeSession } from './fakeSession.testing.ts';
import { RunJournal } from './journal.ts';
import { startMessage } from './startMessage.ts';
import { runTrainer } from './trainerLoop.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'trainer-loop-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const EVENTS = {
  point: () => undefined,
  episode: () => undefined,
  changed: () => undefined,
  recorded: () => undefined,
  unrecorded: () => undefined,
  log: () => undefined,
};

test('a trainer whose manager stores nothing keeps what it was not told is stored, and waits when that is much', async () => {
  const checkpoints = new CheckpointFolder(folder);
  const sample = sampleRun('run-a', { rewards: DEFAULT_REWARDS });
  const counters = { updates: 0, envSteps: 0, episodes: 0, seconds: 0 };
  const stored = { ...sample, info: { ...sample.info, init: 'good', ...counters } };
  const place = { checkpointFolder: folder, lease: checkpoints.takeLease('run-a') };
  const { start } = startMessage(stored, 'good', [], undefined, place, DEFAULT_DRIVE);
  let say: (message: ToTrainer) => void = () => undefined;
  let told = 0;
  let heard: () => void = () => undefined;
  const channel = {
    send(message: FromTrainer) {
      if (message.type === 'update') told = message.point.updates;
      heard();
    },
    onMessage(listener: typeof say) {
      say = listener;
    },
    onDisconnect: () => undefined,
    leave: () => undefined,
  };
  const untilTold = async (updates: number) => {
    while (told < updates)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
  };
  const over = runTrainer(channel, createFakeSession);
  say(start);
  await untilTold(3);
  say({ type: 'stored', updates: 2 });
  // The newest comes with its own report; 100 before it are kept.
  await untilTold(103);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told).toBe(103);
  say({ type: 'stored', updates: 60 });
  await untilTold(105);
  say({ type: 'stop' });
  expect(await over).toBe(true);

  const [newest] = checkpoints.list('run-a');
  expect(newest.earlier?.map(({ point }) => point.updates)).toEqual(
    Array.from({ length: newest.updates - 61 }, (_, at) => 61 + at),
  );
  const store = createMemoryStore();
  const journal = new RunJournal(structuredClone(stored), store, EVENTS, 100);
  journal.putRun();
  for (let updates = 1; updates <= 60; updates++)
    journal.take({ updates, envSteps: updates * 100, episodes: updates, seconds: 1, values: {} });
  journal.adopt([newest]);
  expect(store.points('run-a', 1000).map(({ updates }) => updates)).toEqual(
    Array.from({ length: newest.updates }, (_, at) => at + 1),
  );
});
