import { at } from '../../shared/indexing.ts';
import { METRIC_IDS, type MetricId, type MetricPoint } from '../../shared/metrics.ts';

/**
 * A run's measurements with bounded memory. When it is full, neighbours are merged into stretches of
 * equal length, so the whole run stays in it at an even grain, and its newest part at the finest.
 */
export interface Series {
  readonly points: readonly MetricPoint[];
}

export const MAX_POINTS = 2000;

export function emptySeries(): Series {
  return { points: [] };
}

/** A series of at most `limit` points from a run's history, oldest first. */
export function seriesOf(points: readonly MetricPoint[], limit = MAX_POINTS): Series {
  return { points: points.length > limit ? thin(points, limit) : points };
}

/** Adds the newest point. One that is not newer than the last (a repeat after reconnecting) is left out. */
export function appendPoint(series: Series, point: MetricPoint, limit = MAX_POINTS): Series {
  const last = series.points.at(-1);
  if (last && point.updates <= last.updates) return series;
  return seriesOf([...series.points, point], limit);
}

/**
 * Merges neighbours until about two thirds of `limit` are left. Every merged point stands for at most
 * `3 × updates / limit` updates; two neighbours together for more than that.
 */
function thin(points: readonly MetricPoint[], limit: number): MetricPoint[] {
  const span = (3 * at(points, points.length - 1).updates) / limit;
  const thinned: MetricPoint[] = [];
  let group: MetricPoint[] = [];
  let start = 0;
  let last = 0;
  for (const point of points) {
    if (group.length > 0 && point.updates - start > span) {
      thinned.push(mergePoints(group, start));
      start = last;
      group = [];
    }
    group.push(point);
    last = point.updates;
  }
  thinned.push(mergePoints(group, start));
  return thinned;
}

/**
 * One point for several in a row: the counters of the last, and each metric's mean over those that
 * measured it, weighted by the updates that they stand for. `start` is the update before the first.
 */
export function mergePoints(points: readonly MetricPoint[], start: number): MetricPoint {
  const last = at(points, points.length - 1);
  if (points.length === 1) return last;
  const values: Partial<Record<MetricId, number>> = {};
  for (const id of METRIC_IDS) {
    let sum = 0;
    let weight = 0;
    let before = start;
    for (const point of points) {
      const value = point.values[id];
      const share = point.updates - before;
      before = point.updates;
      if (value === undefined) continue;
      sum += value * share;
      weight += share;
    }
    if (weight > 0) values[id] = sum / weight;
  }
  return { ...last, values };
}
