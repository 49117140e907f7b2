import { expect, test } from '@jest/globals';
import type { Deed, Moment } from '../../shared/moments.ts';
import { MilestoneWatch, WINDOW } from './milestones.ts';

const DONE: Deed[] = ['success', 'opens'];

function found(watch: MilestoneWatch, episodes: readonly (readonly Deed[])[]): string[] {
  return episodes.flatMap((deeds, n) => {
    const milestone = watch.add(deeds);
    return milestone ? [`${milestone} ${n}`] : [];
  });
}
const times = (count: number, deeds: readonly Deed[]) => Array.from({ length: count }, () => deeds);

test('each turning point is found once, at an episode that shows it', () => {
  const episodes = [...times(WINDOW, []), ...times(4, ['opens']), ...times(30, DONE)];
  expect(found(new MilestoneWatch(), episodes)).toEqual([
    'firstSuccess 24',
    'half 33',
    'opens 35',
    'most 41',
  ]);
});

test('what an agent could do from the start is no turning point', () => {
  expect(found(new MilestoneWatch(), times(60, DONE))).toEqual(['firstSuccess 0']);
});

test('after a restart it knows what was found, and how the run began', () => {
  const moment = (n: number, rest: Partial<Moment>): Moment => ({
    ...{ id: `e${n}`, seed: 1, mission: '', envSteps: n, success: false, steps: 1, deeds: [] },
    ...rest,
  });
  const past = times(WINDOW, []).map((_, n) => moment(n, {}));
  past.push(moment(30, { milestone: 'firstSuccess' }));
  expect(found(new MilestoneWatch(past), times(WINDOW, DONE))).toEqual(['opens 19']);
});

test('a run whose beginning is not known has no turning points', () => {
  expect(found(new MilestoneWatch([], false), times(60, DONE))).toEqual([]);
});
