import { expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { samplePoint, sampleReplay, sampleRun } from '../storage/sample.testing.ts';
import { StorageError } from '../storage/store.ts';
import { resumePlan } from './changes.ts';
import { RunJournal } from './journal.ts';

function setUp(rewards = DEFAULT_REWARDS) {
  const store = createMemoryStore();
  const stored = sampleRun('run-a', { rewards });
  store.putRun(stored);
  const told: string[] = [];
  const events = {
    point: (_id: string, point: MetricPoint) => told.push(`point ${point.updates}`),
    episode: (_id: string, { id }: { id: string }) => told.push(`episode ${id}`),
    changed: () => told.push('change'),
    recorded: () => undefined,
    unrecorded: () => undefined,
    log: () => undefined,
  };
  return { store, told, journal: new RunJournal(stored, store, events, 100) };
}

test('what the store cannot take is told later, once it can, in order', () => {
  const { store, told, journal } = setUp();
  const { putEpisode } = store;
  expect(journal.show(sampleReplay('ep-1'))).toBe(true);
  expect(journal.take(samplePoint(1))).toBe(true);
  store.putEpisode = () => {
    throw new StorageError('the disk is full');
  };
  expect(journal.show(sampleReplay('ep-2'))).toBe(false);
  expect(journal.take(samplePoint(2))).toBe(false);
  expect(journal.trouble).toBe('the disk is full');
  const change = { envSteps: 4096, seconds: 1, at: 1, kind: 'rewards' as const, changes: [] };
  expect(journal.log(change)).toBe(false);
  expect(told).toEqual(['episode ep-1', 'point 1']);
  store.putEpisode = putEpisode;
  expect(journal.flush()).toBe(true);
  expect(journal.trouble).toBeUndefined();
  expect(told.slice(2)).toEqual(['episode ep-2', 'point 2', 'change']);
  expect(store.points('run-a', 10)).toHaveLength(2);
  expect(store.episode('run-a', 'ep-2')).toBeDefined();
});

test('an episode that is played again after a crash is told once, and stays as it was told', () => {
  const { store, told, journal } = setUp();
  const replay = sampleReplay('ep-1');
  journal.show(replay);
  // The server died before its update was complete; the next one knows only what the store has.
  const next = new RunJournal(
    store.getRun('run-a')!,
    store,
    {
      point: () => told.push('point'),
      episode: () => told.push('again'),
      changed: () => undefined,
      recorded: () => undefined,
      unrecorded: () => undefined,
      log: () => undefined,
    },
    100,
  );
  next.show({ ...replay, createdAt: replay.createdAt + 9000 });
  next.show(sampleReplay('ep-2'));
  expect(told).toEqual(['episode ep-1', 'again']);
  expect(store.episodes('run-a', 9, 1e9)).toEqual([replay, sampleReplay('ep-2')]);
});

test('a run that earns more and succeeds less is marked, and the mark goes with the cause', () => {
  const { journal } = setUp({ ...DEFAULT_REWARDS, exploration: 0.02 });
  const fallen = (updates: number, evalSuccess: number): MetricPoint => ({
    ...samplePoint(updates, {
      return: updates / 10,
      ...(updates % 5 === 0 && { evalSuccess }),
    }),
    episodes: updates * 100,
  });
  for (let updates = 1; updates <= 40; updates++)
    journal.take(fallen(updates, updates <= 20 ? 0.8 : 0.1));
  expect(journal.info.alarm).toBeDefined();
  journal.info = { ...journal.info, rewards: DEFAULT_REWARDS };
  journal.take(fallen(45, 0.1));
  expect(journal.info.alarm).toBeUndefined();
});

test('a change made while the run makes an earlier one again is logged after that', () => {
  const { store, journal } = setUp();
  for (let updates = 1; updates <= 3; updates++) journal.take(samplePoint(updates));
  const { envSteps: told } = journal.info;
  const rate = (from: number, to: number) => ({
    kind: 'settings' as const,
    changes: [{ id: 'learningRate', from, to }],
  });
  expect(journal.nextChange.envSteps).toBe(told);
  journal.log({ ...journal.nextChange, at: 1, ...rate(0.001, 0.002) });
  journal.rewindTo(1, samplePoint(1).envSteps);
  journal.log({ ...journal.nextChange, at: 2, ...rate(0.002, 0.003) });
  expect(store.changes('run-a').map(({ envSteps }) => envSteps)).toEqual([told, told]);
  const wanted = { ...journal.info, settings: { ...journal.info.settings, learningRate: 0.003 } };
  const plan = resumePlan(wanted, store.changes('run-a'), { envSteps: journal.info.envSteps });
  expect([plan.settings.learningRate, plan.open]).toEqual([0.001, []]);
});
