import { describe, expect, test } from '@jest/globals';
import { describeHacking, isShaped, rewardHacking } from './hackingAlarm.ts';
import type { MetricPoint } from './metrics.ts';
import { DEFAULT_REWARDS, REWARD_PRESETS } from './rewards.ts';
import { differenceInterval, wilsonInterval } from './statistics.ts';

const TEST_EVERY = 5;
const TEST_EPISODES = 100;
const STEPS = 2048;

/** A run's points: 80 episodes an update, success and return as functions of the update. */
function series(
  updates: number,
  success: (update: number) => number,
  paid: (update: number) => number,
): MetricPoint[] {
  return Array.from({ length: updates }, (_, i) => ({
    updates: i + 1,
    envSteps: (i + 1) * STEPS,
    episodes: (i + 1) * 80,
    seconds: i,
    values: {
      return: paid(i + 1),
      ...((i + 1) % TEST_EVERY === 0 && { evalSuccess: success(i + 1) }),
    },
  }));
}

/** Reproducible noise of standard deviation about 1. */
function noise(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  const uniform = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
}
const binomial = (p: number, next: () => number) =>
  Math.min(1, Math.max(0, p + next() * Math.sqrt((p * (1 - p)) / TEST_EPISODES)));

const ramp = (from: number, to: number, start: number, end: number) => (update: number) =>
  from + (to - from) * Math.min(1, Math.max(0, (update - start) / (end - start)));
const options = { since: 0, testEpisodes: TEST_EPISODES };

describe('the reward-hacking alarm', () => {
  test('is raised, with its numbers, where return rises and held-out success falls', () => {
    const alarm = rewardHacking(series(60, ramp(0.8, 0.2, 10, 40), ramp(-1, 0.5, 10, 40)), options);
    expect(alarm).toMatchObject({ envSteps: 60 * STEPS, episodesFrom: 200, episodesTo: 300 });
    expect(alarm?.successFrom).toBeGreaterThan(0.75);
    expect(alarm?.successTo).toBeCloseTo(0.2);
    expect(alarm?.returnTo).toBeGreaterThan(alarm?.returnFrom ?? Number.NaN);
    expect(alarm && describeHacking(alarm)).toMatch(
      /earns more but does its mission less.*from 80 % \(of 200 episodes\) to 20 % \(of 300\)/s,
    );
  });

  test.each([
    ['both rise', ramp(0.2, 0.9, 0, 50), ramp(0, 1, 0, 50)],
    ['both fall', ramp(0.9, 0.2, 0, 50), ramp(1, 0, 0, 50)],
    ['return falls and success rises', ramp(0.2, 0.9, 0, 50), ramp(1, 0, 0, 50)],
    ['nothing moves', () => 0.5, () => 0.4],
    ['success falls no more than chance would have it', ramp(0.6, 0.55, 0, 50), ramp(0, 1, 0, 50)],
  ])('is not raised where %s', (_, success, paid) => {
    expect(rewardHacking(series(60, success, paid), options)).toBeUndefined();
  });

  test('takes the success before the weights were changed as what was lost', () => {
    const since = 20 * STEPS;
    // Good until the change; paid in another currency after it, of which ever more is earned.
    const points = series(
      60,
      (update) => (update <= 20 ? 0.9 : 0.1),
      (update) => (update <= 20 ? 5 : ramp(-3, -1, 20, 60)(update)),
    );
    expect(rewardHacking(points, { ...options, since })).toMatchObject({
      sinceSteps: since,
      successFrom: 0.9,
      successTo: expect.closeTo(0.1),
    });
    // Across the change the return has fallen: without knowing of it there would be no alarm.
    expect(rewardHacking(points, options)).toBeUndefined();
  });

  test('compares with the best there was, not with the start', () => {
    const success = (update: number) =>
      update < 40 ? ramp(0.2, 0.9, 0, 40)(update) : ramp(0.9, 0.4, 40, 80)(update);
    const alarm = rewardHacking(series(100, success, ramp(0, 2, 0, 100)), options);
    expect(alarm?.successFrom).toBeGreaterThan(0.8);
    expect(alarm?.sinceSteps).toBeGreaterThan(30 * STEPS);
  });

  test('waits until there is enough to go by', () => {
    // Steep, and over at once.
    const hacked = [ramp(0.9, 0, 10, 16), ramp(0, 1, 10, 16)] as const;
    for (let updates = 0; updates < 20; updates++)
      expect(rewardHacking(series(updates, ...hacked), options)).toBeUndefined();
    expect(rewardHacking(series(40, ...hacked), options)).toBeDefined();
    expect(rewardHacking([], options)).toBeUndefined();
  });

  test('hardly ever cries wolf over noise, and does not miss a fall under noise', () => {
    let falseAlarms = 0;
    let found = 0;
    const runs = 200;
    for (let seed = 1; seed <= runs; seed++) {
      const next = noise(seed);
      const calm = series(
        100,
        () => binomial(0.7, next),
        () => 0.6 + 0.05 * next(),
      );
      if (rewardHacking(calm, options)) falseAlarms++;
      const fall = series(
        100,
        (update) => binomial(ramp(0.7, 0.4, 20, 80)(update), next),
        (update) => ramp(0.2, 0.6, 20, 80)(update) + 0.05 * next(),
      );
      if (rewardHacking(fall, options)) found++;
    }
    expect(falseAlarms).toBeLessThanOrEqual(1);
    expect(found).toBeGreaterThan(0.95 * runs);
  });

  test('concerns shaped rewards only', () => {
    expect(isShaped(DEFAULT_REWARDS)).toBe(false);
    expect(isShaped({ ...DEFAULT_REWARDS, mission: 3 })).toBe(false);
    expect(REWARD_PRESETS.filter(({ weights }) => isShaped(weights)).map(({ id }) => id)).toEqual([
      'shaped',
      'curious',
      'adversarial',
    ]);
  });
});

describe('intervals', () => {
  test('of a share agree with published values', () => {
    // Newcombe 1998, table I, method 3.
    expect(wilsonInterval(81, 263)).toEqual([expect.closeTo(0.2553, 4), expect.closeTo(0.3662, 4)]);
    expect(wilsonInterval(0, 20)).toEqual([0, expect.closeTo(0.1611, 4)]);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
  test('of a difference agree with published values', () => {
    // Newcombe 1998, table II, method 10: 56/70 − 48/80 and 9/10 − 3/10.
    const difference = (a: number, m: number, b: number, n: number) =>
      differenceInterval({ value: b / n, count: n }, { value: a / m, count: m });
    expect(difference(56, 70, 48, 80)).toEqual([
      expect.closeTo(0.0524, 4),
      expect.closeTo(0.3339, 4),
    ]);
    expect(difference(9, 10, 3, 10)).toEqual([expect.closeTo(0.1705, 4), expect.closeTo(0.809, 4)]);
  });
});
