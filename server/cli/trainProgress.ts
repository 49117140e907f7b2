import type { MetricPoint } from '../../shared/metrics.ts';
import { percent } from '../../shared/percent.ts';
import { differenceInterval } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';

/** Seconds of training between two lines about it. */
const EVERY = 60;

/** One held-out test, and when it was made. */
export interface Tested {
  envSteps: number;
  result: Evaluation;
}

/** Says in one line a minute what a training is doing and whether it helps, and in a last one what came of it. */
export class TrainProgress {
  private readonly say: (line: string) => void;
  private readonly tests: Tested[] = [];
  private since: Pick<MetricPoint, 'envSteps' | 'episodes' | 'seconds'> | undefined;
  private hard = 0;
  private solved = 0;

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  /** The one with the highest share of successes, the first of equals. */
  get best(): Tested | undefined {
    return this.tests.reduce<Tested | undefined>(
      (best, test) => (best && best.result.success >= test.result.success ? best : test),
      undefined,
    );
  }

  test(test: Tested): void {
    this.tests.push(test);
  }

  /** Call after each update. */
  add({ envSteps, episodes, seconds, values }: MetricPoint): void {
    this.since ??= { envSteps: 0, episodes: 0, seconds: 0 };
    this.hard += values.hardWorlds ?? 0;
    this.solved += values.solvedWorlds ?? 0;
    if (seconds - this.since.seconds < EVERY) return;
    const { since } = this;
    const speed = (envSteps - since.envSteps) / (seconds - since.seconds);
    const parts = [
      `minute ${Math.round(seconds / 60)}: ${episodes - since.episodes} episodes, ${Math.round(speed)} steps/s`,
    ];
    if (values.hardWorlds !== undefined)
      parts.push(`${this.hard} hard worlds, imitates its best try in the ${this.solved} it solved`);
    if (values.success !== undefined) parts.push(`succeeds in ${percent(values.success)}`);
    const verdict = this.verdict();
    if (verdict) parts.push(verdict);
    this.say(parts.join('; '));
    this.since = { envSteps, episodes, seconds };
    this.hard = 0;
    this.solved = 0;
  }

  /** Start, best and end, each with its interval. */
  last(end: Tested): string {
    const [start] = this.tests;
    const { best } = this;
    const told = [
      ...(start ? [`start ${share(start.result)}`] : []),
      ...(best ? [`best ${share(best.result)} after ${best.envSteps} steps`] : []),
      `end ${share(end.result)}`,
    ];
    return `held-out success: ${told.join('; ')}`;
  }

  /** Whether the newest test differs from the first by more than chance explains. */
  private verdict(): string | undefined {
    const [start] = this.tests;
    const now = this.tests.at(-1);
    if (!start || !now || now === start) return undefined;
    const [low, high] = differenceInterval(shareOf(start.result), shareOf(now.result));
    const word = low > 0 ? 'it helps' : high < 0 ? 'it harms' : 'no difference that is sure yet';
    const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
    return `held-out ${percent(now.result.success)} from ${percent(start.result.success)} (${points(low)} to ${points(high)} points): ${word}`;
  }
}

/** The successes of a test, to be compared with those of another. */
export const shareOf = ({ success, episodes }: Evaluation) => ({ value: success, count: episodes });
const share = ({ success, ci95: [low, high], episodes }: Evaluation) =>
  `${percent(success)} (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}) of ${episodes}`;
