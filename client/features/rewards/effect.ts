import { RETURN_WINDOW } from '../../../shared/hackingAlarm.ts';
import type { MetricPoint } from '../../../shared/metrics.ts';
import type { SettingsChange } from '../../../shared/protocol.ts';
import { differenceInterval, type Share } from '../../../shared/statistics.ts';
import { watchedRun } from '../../selectors/run.ts';
import type { State } from '../../store/state.ts';

/** Success before and after a change. `interval` is the 95 % interval of the difference. */
export interface Comparison {
  before: Share;
  after: Share;
  interval: [number, number];
}

/** What has happened since the newest change of settings or rewards. */
export interface Effect {
  change: SettingsChange;
  /** Environment steps and training episodes since then. */
  steps: number;
  episodes: number;
  /** Success of the 100 episodes before it and the newest 100; undefined until there are 100 since. */
  training: Comparison | undefined;
  /** Success of the last held-out test before and the newest since; undefined until there was one. */
  heldOut: Comparison | undefined;
  /** Mean return of the same 100 and 100 episodes. */
  return: { before: number; after: number } | undefined;
}

/** Undefined while nothing was changed, or nothing is known from before. */
export function effectOfLastChange(state: State): Effect | undefined {
  const change = state.changes.at(-1);
  const { points } = state.series;
  const last = points.at(-1);
  if (!change || !last) return undefined;
  const before = points.filter(({ envSteps }) => envSteps <= change.envSteps);
  const start = before.at(-1);
  if (!start) return undefined;
  const since = points.slice(before.length);
  const episodes = last.episodes - start.episodes;
  const testEpisodes = watchedRun(state)?.settings.evalEpisodes ?? 0;
  // The training figures are means over 100 episodes: until then they hold some from before.
  const enough = episodes >= RETURN_WINDOW;
  return {
    change,
    steps: Math.max(0, last.envSteps - change.envSteps),
    episodes,
    training: enough
      ? compare(
          newest(before, 'success'),
          newest(since, 'success'),
          Math.min(RETURN_WINDOW, start.episodes),
          RETURN_WINDOW,
        )
      : undefined,
    heldOut: compare(
      newest(before, 'evalSuccess'),
      newest(since, 'evalSuccess'),
      testEpisodes,
      testEpisodes,
    ),
    return: enough ? pair(newest(before, 'return'), newest(since, 'return')) : undefined,
  };
}

function newest(points: readonly MetricPoint[], id: 'success' | 'evalSuccess' | 'return') {
  return points.findLast(({ values }) => values[id] !== undefined)?.values[id];
}

function pair(before: number | undefined, after: number | undefined) {
  return before === undefined || after === undefined ? undefined : { before, after };
}

function compare(
  before: number | undefined,
  after: number | undefined,
  countBefore: number,
  countAfter: number,
): Comparison | undefined {
  if (before === undefined || after === undefined || countBefore === 0) return undefined;
  const was: Share = { value: before, count: countBefore };
  const is: Share = { value: after, count: countAfter };
  return { before: was, after: is, interval: differenceInterval(was, is) };
}

/** What may be said about a difference: a rise or a fall only where its interval leaves out 0. */
export function verdictOn({ interval: [low, high] }: Comparison): 'rose' | 'fell' | 'unclear' {
  if (low > 0) return 'rose';
  return high < 0 ? 'fell' : 'unclear';
}
