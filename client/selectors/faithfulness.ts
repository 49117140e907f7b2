import type { State } from '../store/state.ts';

/** What was measured of whether the Doer does what the Planner says. */
export interface Faithfulness {
  /** −1 to 1; see METRICS.faithfulness. */
  share: number;
  /** Environment steps that the measured weights had learnt from. */
  envSteps: number;
}

/** Less than this, and what the Planner says is not what moves the agent. */
export const LEAST_FAITHFUL = 0.2;

/**
 * The newest measurement that the weights of the episode on the stage had behind them: none is taken from later
 * weights. Undefined where there is none, or where another policy than the watched run's played.
 */
export function faithfulnessOf({ episode, series }: State): Faithfulness | undefined {
  const kind = episode?.origin.kind;
  if (!episode || (kind !== 'run' && kind !== 'seed' && kind !== 'whatif')) return undefined;
  const upTo = episode.replay.source.envSteps;
  const point = series.points.findLast(
    ({ envSteps, values }) => envSteps <= upTo && values.faithfulness !== undefined,
  );
  // The test of an update's end comes after the episodes of it; before the first one nothing was learnt.
  const first = point ?? series.points.find(({ values }) => values.faithfulness !== undefined);
  if (!first || (first !== point && first.updates > 1)) return undefined;
  const share = first.values.faithfulness;
  return share === undefined ? undefined : { share, envSteps: first.envSteps };
}
