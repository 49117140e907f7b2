import {
  type HackingAlarm,
  isShaped,
  RETURN_WINDOW,
  rewardHacking,
} from '../../shared/hackingAlarm.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RewardWeights } from '../../shared/rewards.ts';

/** Points kept; the oldest go first. */
const KEPT = 5000;

/** Looks at each new measurement of one run for reward hacking; keeps of the past only what that takes. */
export class HackingWatch {
  private readonly points: MetricPoint[] = [];
  private since: number;
  private nextReturn = 0;

  /** @param since environment steps at which the weights in force took effect */
  constructor(past: readonly MetricPoint[] = [], since = 0) {
    this.since = since;
    for (const point of past) this.keep(point);
  }

  /** New weights: returns from before cannot be compared with those to come. */
  rewardsChanged(envSteps: number): void {
    this.since = envSteps;
  }

  /** The alarm that stands after a point with a held-out test, or none; undefined where nothing new is known. */
  add(
    point: MetricPoint,
    weights: RewardWeights,
    testEpisodes: number,
  ): HackingAlarm | 'none' | undefined {
    this.keep(point);
    if (point.values.evalSuccess === undefined) return undefined;
    if (!isShaped(weights)) return 'none';
    return rewardHacking(this.points, { since: this.since, testEpisodes }) ?? 'none';
  }

  private keep(point: MetricPoint): void {
    const isTest = point.values.evalSuccess !== undefined;
    if (!isTest && point.episodes < this.nextReturn) return;
    this.points.push(point);
    // Closer than a quarter of a window, a return says nothing that its neighbours do not.
    this.nextReturn = point.episodes + RETURN_WINDOW / 4;
    if (this.points.length > KEPT) this.points.shift();
  }
}
