import type { MetricPoint } from '../../shared/metrics.ts';
import type { EpisodeEnd } from './rollout/episodeLog.ts';
import type { RunState } from './runState.ts';
import { RunningMean } from './statistics.ts';

const SIZE = 100;
const KEYS = ['success', 'return', 'length'] as const;

/** How the newest episodes of training ended. */
export class RecentEpisodes {
  private readonly means = {
    success: new RunningMean(SIZE),
    return: new RunningMean(SIZE),
    length: new RunningMean(SIZE),
  };

  add({ success, length, return: paid }: EpisodeEnd): void {
    this.means.success.add(success ? 1 : 0);
    this.means.return.add(paid);
    this.means.length.add(length);
  }

  /** None before half of the episodes are there: the first to end are short ones, which flatter the policy. */
  get values(): MetricPoint['values'] {
    const { success, return: paid, length } = this.means;
    if (success.filled < SIZE / 2) return {};
    return { success: success.mean, return: paid.mean, length: length.mean };
  }

  record(): RunState['recent'] {
    const { success, return: paid, length } = this.means;
    return { success: success.list(), return: paid.list(), length: length.list() };
  }

  restore(recent: RunState['recent']): void {
    for (const key of KEYS) for (const value of recent[key]) this.means[key].add(value);
  }
}
