import { METRIC_IDS, type MetricId, type MetricPoint } from '../../shared/metrics.ts';

/**
 * A run's measurements with bounded memory. When it is full, neighbours are merged two by two, so
 * the whole run stays in it and its newest part keeps the finest grain.
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
  let kept = points;
  while (kept.length > limit) kept = mergePairs(kept);
  return { points: kept };
}

/** Adds the newest point. One that is not newer than the last (a repeat after reconnecting) is left out. */
export function appendPoint(series: Series, point: MetricPoint, limit = MAX_POINTS): Series {
  const last = series.points.at(-1);
  if (last && point.updates <= last.updates) return series;
  return seriesOf([...series.points, point], limit);
}

/** Merges neighbours: counters of the later, mean of what was measured. An odd last point stays as it is. */
export function mergePairs(points: readonly MetricPoint[]): MetricPoint[] {
  const merged: MetricPoint[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) merged.push(merge(points[i], points[i + 1]));
  if (points.length % 2 === 1) merged.push(points[points.length - 1]);
  return merged;
}

function merge(a: MetricPoint, b: MetricPoint): MetricPoint {
  const values: Partial<Record<MetricId, number>> = {};
  for (const id of METRIC_IDS) {
    const left = a.values[id];
    const right = b.values[id];
    if (left !== undefined && right !== undefined) values[id] = (left + right) / 2;
    else if (left !== undefined || right !== undefined) values[id] = left ?? right;
  }
  return { ...b, values };
}
