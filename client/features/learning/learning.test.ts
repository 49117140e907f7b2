import { expect, test } from '@jest/globals';
import type { MetricPoint } from '../../../shared/metrics.ts';
import type { Moment } from '../../../shared/moments.ts';
import type { Replay } from '../../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { xOfSteps } from '../../selectors/when.ts';
import { axisRange, episodeNear, metricCurve, referenceLines, shownEpisodes } from './learning.ts';

const points: MetricPoint[] = [1, 2, 3].map((k) => ({
  envSteps: 1000 * k,
  episodes: 10 * k * k,
  seconds: 2 * k,
  updates: k,
  values: { success: k / 10 },
}));

test('curves and ranges follow the axis', () => {
  expect(metricCurve(points, 'success', 'episodes').x).toEqual([10, 40, 90]);
  expect(metricCurve(points, 'success', 'seconds')).toEqual({ x: [2, 4, 6], y: [0.1, 0.2, 0.3] });
  expect(axisRange(points, 'episodes')).toEqual([0, 90]);
  expect(axisRange([], 'seconds')).toEqual([0, 10]);
});

test('steps are placed between the measured points of the other axes', () => {
  expect(xOfSteps(points, 1500, 'envSteps')).toBe(1500);
  expect(xOfSteps(points, 1500, 'episodes')).toBe(25);
  expect(xOfSteps(points, 500, 'seconds')).toBe(1);
  expect(xOfSteps(points, 9999, 'seconds')).toBe(6);
});

const endedAt = (envSteps: number, steps = 40): Replay => {
  const replay = expertReplay('BabyAI-GoToLocal-v0', 5);
  return {
    ...replay,
    id: `e${envSteps}`,
    source: { ...replay.source, kind: 'training', envSteps },
    outcome: { ...replay.outcome, steps },
  };
};

test('a click finds the episode that ended nearest, of the newest and of those kept of the past', () => {
  const past: Moment = {
    ...{ id: 'e900', seed: 1, mission: '', envSteps: 900, success: false, steps: 9, deeds: [] },
  };
  const episodes = shownEpisodes({ moments: [past], episodes: [endedAt(1900), endedAt(2900)] });
  expect(episodeNear(episodes, points, 100, 'envSteps')).toMatchObject({ id: 'e900', steps: 9 });
  expect(episodeNear(episodes, points, 2000, 'envSteps')?.id).toBe('e1900');
  expect(episodeNear(episodes, points, 80, 'episodes')?.id).toBe('e2900');
  expect(episodeNear([], points, 1, 'seconds')).toBeUndefined();
});

test('scripted policies are lines where they can be compared', () => {
  const line = { success: 0.5, length: 20, reward: 0.4, episodes: 10 };
  const baselines = { random: line, expert: { ...line, success: 1 } };
  const valuesOf = (id: Parameters<typeof referenceLines>[0], rewards = DEFAULT_REWARDS) =>
    referenceLines(id, baselines, rewards).map(({ kind, value }) => [kind, value]);
  expect(valuesOf('success')).toEqual([
    ['expert', 1],
    ['random', 0.5],
  ]);
  expect(valuesOf('length').map(([, value]) => value)).toEqual([20, 20]);
  expect(valuesOf('entropy')).toEqual([]);
  expect(valuesOf('return', { ...DEFAULT_REWARDS, mission: 2, stepCost: 0 }).length).toBe(2);
  expect(valuesOf('return', { ...DEFAULT_REWARDS, stepCost: 0.1 })).toEqual([]);
  expect(referenceLines('success', undefined, DEFAULT_REWARDS)).toEqual([]);
});
