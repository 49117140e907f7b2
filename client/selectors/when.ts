import type { MetricPoint } from '../../shared/metrics.ts';
import type { ChartAxis, State } from '../store/state.ts';

/** Where a number of environment steps lies on another axis, between the measured points. */
export function xOfSteps(
  points: readonly MetricPoint[],
  envSteps: number,
  axis: ChartAxis,
): number {
  if (axis === 'envSteps') return envSteps;
  let before = { envSteps: 0, episodes: 0, seconds: 0 };
  for (const point of points) {
    if (point.envSteps >= envSteps) {
      const share = (envSteps - before.envSteps) / Math.max(1, point.envSteps - before.envSteps);
      return before[axis] + share * (point[axis] - before[axis]);
    }
    before = point;
  }
  return before[axis];
}

/** Steps of a run that have to lie between an episode and the newest one for it to be history. */
const LATELY = 1 / 20;

/**
 * Whether the episode on the stage is of an earlier time of the watched run: not what it can do now. While
 * following live nothing is, however long an episode takes to be played.
 */
export function isOfThePast({ episode, playback, runs, runId }: State): boolean {
  const run = runId === undefined ? undefined : runs[runId];
  if (!run || episode?.origin.kind !== 'run' || playback.mode === 'live') return false;
  const anUpdate = run.settings.environments * run.settings.rolloutSteps;
  const behind = run.envSteps - episode.replay.source.envSteps;
  return behind > Math.max(2 * anUpdate, run.envSteps * LATELY);
}

/** The second of training at which the episode on the stage ended. */
export function secondOf({ episode, series }: State): number {
  return xOfSteps(series.points, episode?.replay.source.envSteps ?? 0, 'seconds');
}
