import type { MetricId, MetricPoint } from '../../../shared/metrics.ts';
import type { RewardWeights } from '../../../shared/rewards.ts';
import { xOfSteps } from '../../selectors/when.ts';
import type { Baselines, ChartAxis, State } from '../../store/state.ts';

export interface MetricCurve {
  /** Environment steps, episodes or seconds of training. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const curvesOf = new WeakMap<readonly MetricPoint[], Map<string, MetricCurve>>();

/** A metric's measured points over an axis, in order; points without it are left out. */
export function metricCurve(
  points: readonly MetricPoint[],
  id: MetricId,
  axis: ChartAxis = 'envSteps',
): MetricCurve {
  let curves = curvesOf.get(points);
  if (!curves) curvesOf.set(points, (curves = new Map()));
  const key = `${id} ${axis}`;
  let curve = curves.get(key);
  if (!curve) {
    const x: number[] = [];
    const y: number[] = [];
    for (const point of points) {
      const value = point.values[id];
      if (value === undefined || !Number.isFinite(value)) continue;
      x.push(point[axis]);
      y.push(value);
    }
    curve = { x, y };
    curves.set(key, curve);
  }
  return curve;
}

/** Shortest range of each axis: a run that has just begun is not stretched over the whole chart. */
const SHORTEST_RANGE: Readonly<Record<ChartAxis, number>> = {
  envSteps: 1000,
  episodes: 20,
  seconds: 10,
};

/** The stretch over which all charts of a run extend. */
export function axisRange(points: readonly MetricPoint[], axis: ChartAxis): [number, number] {
  return [0, Math.max(SHORTEST_RANGE[axis], points.at(-1)?.[axis] ?? 0)];
}

/** An episode that can be shown, and how many steps the run had made when it ended. */
export interface EndedEpisode {
  id: string;
  envSteps: number;
  success: boolean;
  steps: number;
}

/** All that can be shown of a run: what is kept of its past, and what is newest. */
export function shownEpisodes({ moments, episodes }: Pick<State, 'moments' | 'episodes'>) {
  const newest = episodes.map(
    ({ id, source, outcome }): EndedEpisode => ({
      ...{ id, envSteps: source.envSteps },
      ...{ success: outcome.success, steps: outcome.steps },
    }),
  );
  return [...moments, ...newest];
}

/** The episode whose end is nearest to a place on the axis; undefined where there are none. */
export function episodeNear(
  episodes: readonly EndedEpisode[],
  points: readonly MetricPoint[],
  x: number,
  axis: ChartAxis,
): EndedEpisode | undefined {
  let best: EndedEpisode | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const episode of episodes) {
    const away = Math.abs(xOfSteps(points, episode.envSteps, axis) - x);
    if (away >= distance) continue;
    best = episode;
    distance = away;
  }
  return best;
}

/** A line across a chart: what a scripted policy reaches. */
export interface ReferenceLine {
  label: string;
  kind: 'random' | 'expert';
  value: number;
}

/** The scripted policies' values of a metric; none where it makes no sense for them. */
export function referenceLines(
  id: MetricId,
  baselines: Baselines | undefined,
  rewards: RewardWeights | undefined,
): ReferenceLine[] {
  if (!baselines) return [];
  const value = (kind: 'random' | 'expert'): number | undefined => {
    const { success, length, reward } = baselines[kind];
    if (id === 'success' || id === 'evalSuccess') return success;
    if (id === 'length') return length;
    // Returns can be compared only where nothing but the mission is paid.
    return id === 'return' && rewards && paysMissionOnly(rewards)
      ? reward * rewards.mission
      : undefined;
  };
  return (['expert', 'random'] as const).flatMap((kind) => {
    const at = value(kind);
    return at === undefined ? [] : [{ label: kind, kind, value: at }];
  });
}

function paysMissionOnly(rewards: RewardWeights): boolean {
  return Object.entries(rewards).every(([id, weight]) => id === 'mission' || weight === 0);
}
