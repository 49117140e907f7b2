import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../config.ts';
import type { MetricPoint } from '../metrics.ts';
import type { Moment } from '../moments.ts';
import type { Replay } from '../replay.ts';
import type { SettingsChange } from '../wire.ts';
import { castOf, playTakes } from './takes.ts';
import { tellStory } from './tell.ts';
import { resultOf, type StoryFacts, type StoryPlayer } from './types.ts';

const SEEDS = [1, 2, 3];

/** Held-out success after each 1,000 steps; tests of 100 episodes. */
const points = (successes: readonly number[]): MetricPoint[] =>
  successes.map((evalSuccess, i) => ({
    updates: i,
    envSteps: i * 1000,
    episodes: i,
    seconds: i,
    values: { evalSuccess },
  }));

function facts(own: Partial<StoryFacts> = {}): StoryFacts {
  const checkpoint = (updates: number, evalSuccess?: number) => ({
    ...{ id: `run-a.u${updates}`, updates, envSteps: updates * 1000, bytes: 1, savedAt: 0 },
    ...(evalSuccess !== undefined && { evalSuccess }),
  });
  return {
    run: {
      ...{ id: 'run-a', name: 'A', levelId: 'BabyAI-GoToLocal-v0', init: 'rooms' },
      ...{ envSteps: 10_000, settings: { ...DEFAULT_SETTINGS, evalEpisodes: 100 } },
    },
    checkpoints: [10, 8, 6, 5, 2, 0].map((n) => checkpoint(n, n === 6 ? 0.9 : undefined)),
    points: points([0.1, 0.1, 0.1, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]),
    ...{ changes: [], moments: [] },
    ...own,
  };
}

const episode = (success: boolean) => ({ outcome: { success } }) as Replay;

/** Everybody who learnt for so many steps does so many of the worlds. */
const tell = async (own: StoryFacts, doneAfter: (steps: number) => number | string) => {
  const takes = await playTakes(
    castOf(own),
    SEEDS,
    async ({ envSteps }: StoryPlayer, seed) => {
      const done = doneAfter(envSteps);
      return typeof done === 'string' ? done : episode(seed <= done);
    },
    { onProgress: () => undefined, isWanted: () => true },
  );
  return tellStory(own, SEEDS, takes ?? []);
};

const titles = ({ chapters }: { chapters: readonly { title: string }[] }) =>
  chapters.map(({ title }) => title);

test('the first weights and every kept checkpoint play the same worlds, in order of steps', async () => {
  const story = await tell(facts(), (steps) => (steps >= 5000 ? 2 : 0));
  expect(story.takes.map(({ policy, done }) => [policy, done])).toEqual([
    ['run-a.start', 0],
    ['run-a.u2', 0],
    ['run-a.u5', 2],
    ['run-a.u6', 2],
    ['run-a.u8', 2],
    ['run-a.u10', 2],
  ]);
  expect(titles(story)).toEqual(['Before learning', 'First success', 'Best', 'Now']);
  expect(story.chapters.map(({ player }) => player?.policy)).toEqual([
    ...['run-a.start', 'run-a.u5', 'run-a.u6', 'run-a.u10'],
  ]);
  expect(story.chapters.map(resultOf)).toEqual([
    '0 of 3 worlds done',
    ...Array(3).fill('2 of 3 worlds done'),
  ]);
});

test('what it could do from the start is no first success', async () => {
  expect(titles(await tell(facts(), () => 1))).toEqual(['Before learning', 'Best', 'Now']);
});

test('a turning point is told by the weights that come next, or is gone where they are', async () => {
  const moment = (envSteps: number, milestone: Moment['milestone']): Moment => ({
    ...{ id: `m${envSteps}`, seed: 1, mission: '', envSteps, success: true, steps: 1 },
    ...{ deeds: [], milestone },
  });
  const story = await tell(
    facts({ moments: [moment(2500, 'opens'), moment(5900, 'half'), moment(6100, 'most')] }),
    () => 3,
  );
  expect(titles(story)).toEqual([
    ...['Before learning', 'Opens doors now', 'Every second one · Best', 'Nine of ten', 'Now'],
  ]);
  const [, opens, , most] = story.chapters;
  expect(opens).toMatchObject({
    gone: 'No checkpoint of that time is kept any more; the nearest is that after 2,000 steps.',
    replays: [],
  });
  expect(opens?.player).toBeUndefined();
  // The next weights are those of 8,000 steps: by then it was long so.
  expect(most?.gone).toMatch(/the nearest is that after 6,000 steps/);
});

test('the worst setback is one that chance does not explain', async () => {
  const falls = [0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5, 0.4, 0.4, 0.9, 0.9, 0.9];
  const own = facts({ points: points(falls) });
  const story = await tell({ ...own, run: { ...own.run, envSteps: 12_000 } }, () => 3);
  const setback = story.chapters.find(({ kinds }) => kinds.includes('setback'));
  expect(setback).toMatchObject({
    ...{ title: 'Worst setback', envSteps: 9000 },
    text: 'Held-out success fell from 90 % (after 3,000 steps) to 43 %.',
    player: { policy: 'run-a.u8' },
  });
  const noise = await tell(
    facts({ points: points([0.9, 0.9, 0.9, 0.88, 0.87, 0.86, 0.9]) }),
    () => 3,
  );
  expect(titles(noise)).not.toContain('Worst setback');
});

test('a change is told by the newest weights that learnt under it, with its effect', async () => {
  const change = (envSteps: number, to: number): SettingsChange => ({
    ...{ envSteps, seconds: 0, at: 0, kind: 'rewards' },
    changes: [{ id: 'stepCost', from: 0, to }],
  });
  const story = await tell(
    facts({ changes: [change(2000, 0.1), change(2100, 0.2), change(8500, 0.3)] }),
    () => 3,
  );
  expect(titles(story)).toEqual([
    ...['Before learning', 'Best', 'After other rewards', 'After other rewards · Now'],
  ]);
  expect(story.chapters[2]).toMatchObject({
    player: { policy: 'run-a.u8' },
    text: 'Step cost 0 → 0.1; Step cost 0 → 0.2 (after 2,000 steps). Held-out success: 10 % before, 90 % after 8,000 steps.',
  });
});

test('weights that play no more leave a chapter that says so', async () => {
  const story = await tell(facts(), (steps) => (steps === 0 ? 'They are gone.' : 3));
  expect(story.chapters[0]).toMatchObject({ gone: 'They are gone.', replays: [] });
  expect(resultOf(story.chapters[0] as (typeof story.chapters)[0])).toBe('They are gone.');
});

test('what is no longer wanted ends before the next episode', async () => {
  const done: number[] = [];
  const takes = await playTakes(castOf(facts()), SEEDS, async () => episode(true), {
    onProgress: (n) => done.push(n),
    isWanted: () => done.length < 4,
  });
  expect(takes).toBeUndefined();
  expect(done).toEqual([0, 1, 2, 3]);
});
