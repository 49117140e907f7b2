import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { HackingWatch } from './hackingWatch.ts';

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
