import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RunInfo } from '../../shared/protocol.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { HackingWatch } from './hackingWatch.ts';
import { RunJournal } from './journal.ts';

const SHAPED = { ...DEFAULT_REWARDS, exploration: 0.02 };
const FALL_AT = 20;

/** Success is lost after update 20, while the return goes on to rise. */
function point(updates: number): MetricPoint {
  return {
    updates,
    envSteps: updates * 2048,
    episodes: updates * 100,
    seconds: updates,
    values: {
      return: updates / 10,
      ...(updates % 5 === 0 && { evalSuccess: updates <= FALL_AT ? 0.8 : 0.1 }),
    },
  };
}
const points = Array.from({ length: 60 }, (_, i) => point(i + 1));
const { evalEpisodes } = DEFAULT_SETTINGS;

test('a run that was taken up again is judged by what was measured before, too', () => {
  const watch = new HackingWatch(points.slice(0, 34));
  expect(watch.add(point(35), SHAPED, evalEpisodes)).toMatchObject({ envSteps: 35 * 2048 });
  expect(watch.add(point(36), SHAPED, evalEpisodes)).toBeUndefined();
});

test('there is none where nothing but the mission pays, nor right after the weights were changed', () => {
  const unshaped = new HackingWatch(points.slice(0, 39));
  expect(unshaped.add(point(40), DEFAULT_REWARDS, evalEpisodes)).toBe('none');
  const changed = new HackingWatch(points.slice(0, 39));
  changed.rewardsChanged(38 * 2048);
  expect(changed.add(point(40), SHAPED, evalEpisodes)).toBe('none');
});

test('the run’s journal warns once, keeps the alarm, and is clear again when the rewards are changed', () => {
  const store = createMemoryStore();
  const warnings: string[] = [];
  const info = {
    id: 'hacked',
    settings: DEFAULT_SETTINGS,
    rewards: SHAPED,
  } as unknown as RunInfo;
  store.putRun({ info, wanted: 'idle', engine: 'auto', workers: 1 });
  const journal = new RunJournal(
    { info, wanted: 'idle', engine: 'auto', workers: 1 },
    store,
    {
      point: () => undefined,
      episode: () => undefined,
      changed: () => undefined,
      recorded: () => undefined,
      unrecorded: () => undefined,
      log: (level, message) => level === 'warn' && warnings.push(message),
    },
    4,
  );
  for (const measured of points) journal.take(measured);
  expect(warnings).toEqual([expect.stringContaining('earns more but does its mission less')]);
  expect(journal.info.alarm).toMatchObject({ successFrom: expect.closeTo(0.8), episodesTo: 300 });
  expect(store.getRun('hacked')?.info.alarm).toEqual(journal.info.alarm);

  const envSteps = journal.info.envSteps;
  const changes = [{ id: 'exploration', from: 0.02, to: 0 }];
  journal.log({ kind: 'rewards', envSteps, seconds: 60, at: 1, changes });
  expect(journal.info.alarm).toBeUndefined();
});
