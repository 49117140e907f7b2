import { z } from 'zod';
import type { MetricPoint } from './metrics.ts';
import { REWARD_TERM_IDS, type RewardWeights } from './rewards.ts';
import { mean, median } from './statistics.ts';
import { bestPool, POOL, poolEndingAt } from './testPools.ts';

const steps = z.number().int().min(0);
const success = z.number().min(0).max(1);

/** What an agent looks like that is paid ever more for doing its mission ever less. All it says was measured. */
export const hackingAlarmSchema = z.strictObject({
  envSteps: steps.describe('Environment steps at which it was noticed.'),
  sinceSteps: steps.describe('Environment steps from which return and success are compared.'),
  returnFrom: z.number(),
  returnTo: z.number(),
  successFrom: success.describe('Held-out mission success then.'),
  successTo: success.describe('Held-out mission success now.'),
  episodesFrom: steps,
  episodesTo: steps,
});
export type HackingAlarm = z.infer<typeof hackingAlarmSchema>;

export interface HackingOptions {
  /** Environment steps at which the reward weights in force took effect; 0 for those it started with. */
  since: number;
  /** Episodes of one held-out test. */
  testEpisodes: number;
}

/** Training episodes over which a point's return is averaged: points closer than this share episodes. */
export const RETURN_WINDOW = 100;
/** Disjoint windows of the return that are compared: the first ones with the newest, and how many there must be in all. */
const FIRST = 2;
const NEWEST = 4;
const ENOUGH = 8;
/** Standard errors by which the return must have risen. */
const CLEAR_RISE = 3;

/**
 * The reward-hacking alarm: raised where the return (in one and the same set of weights) has clearly
 * risen while held-out mission success has clearly fallen; undefined otherwise.
 *
 * Success has fallen when the 95 % interval of the newest three tests lies wholly below that of the best
 * three in a row before them, the last ones under the old weights included. The return has risen when
 * its newest four windows of 100 episodes lie three standard errors above the first two since then.
 *
 * @param points in order; those without a measurement are passed over
 */
export function rewardHacking(
  points: readonly MetricPoint[],
  { since, testEpisodes }: HackingOptions,
): HackingAlarm | undefined {
  const tests = points.filter(({ values }) => values.evalSuccess !== undefined);
  const now = poolEndingAt(tests, tests.length - 1, testEpisodes);
  const oldest = tests.at(-POOL);
  if (!now || !oldest || oldest.envSteps <= since) return undefined;
  const firstTest = Math.max(0, tests.filter(({ envSteps }) => envSteps <= since).length - POOL);
  const best = bestPool(tests.slice(0, -POOL), firstTest, testEpisodes);
  if (!best || now.high >= best.low) return undefined;

  const from = Math.max(since, best.envSteps);
  const windows = disjointReturns(points, from, since);
  if (windows.length < ENOUGH) return undefined;
  const early = mean(windows.slice(0, FIRST));
  const late = mean(windows.slice(-NEWEST));
  const error = scatter(windows) * Math.sqrt(1 / FIRST + 1 / NEWEST);
  if (late - early <= CLEAR_RISE * error) return undefined;
  return {
    envSteps: now.envSteps,
    sinceSteps: from,
    returnFrom: early,
    returnTo: late,
    successFrom: best.value,
    successTo: now.value,
    episodesFrom: best.count,
    episodesTo: now.count,
  };
}

/** Whether anything but the mission is paid for. Without shaping there is nothing to hack. */
export function isShaped(weights: RewardWeights): boolean {
  return REWARD_TERM_IDS.some((id) => id !== 'mission' && weights[id] !== 0);
}

/** The alarm in plain words, with its numbers. */
export function describeHacking(alarm: HackingAlarm): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const reward = (value: number) =>
    `${value < 0 ? '−' : ''}${Number(Math.abs(value).toPrecision(2))}`;
  return (
    `The agent earns more but does its mission less: since step ${alarm.sinceSteps.toLocaleString('en')} ` +
    `the return rose from ${reward(alarm.returnFrom)} to ${reward(alarm.returnTo)}, while held-out success fell from ` +
    `${percent(alarm.successFrom)} (of ${alarm.episodesFrom} episodes) to ${percent(alarm.successTo)} (of ${alarm.episodesTo}). ` +
    'The rewards pay for something other than the mission.'
  );
}

/** Returns of windows that share no episode, all of them after `from` and played under the weights in force since `since`. */
function disjointReturns(points: readonly MetricPoint[], from: number, since: number): number[] {
  const returns: number[] = [];
  let next = Number.NaN;
  for (const { envSteps, episodes, values } of points) {
    // Until a window has passed since the change, the mean still holds episodes paid the old way.
    if (Number.isNaN(next) && envSteps > since) next = episodes + RETURN_WINDOW;
    if (envSteps <= from || values.return === undefined || !(episodes >= next)) continue;
    returns.push(values.return);
    next = episodes + RETURN_WINDOW;
  }
  return returns;
}

/**
 * Standard deviation of one window about the trend, from how much neighbours differ. By the median: the
 * few steps of a steep climb do not count as noise.
 */
function scatter(windows: readonly number[]): number {
  const differences = windows.slice(1).map((value, i) => Math.abs(value - (windows[i] ?? value)));
  // Of normal values: median |x| = 0.6745 σ, and a difference has √2 times their σ.
  return median(differences) / (0.6745 * Math.SQRT2);
}
