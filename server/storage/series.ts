import type { MetricPoint } from '../../shared/metrics.ts';

/** Points kept of one run. Beyond it, the series is thinned to `THINNED_POINTS`. */
export const MAX_POINTS = 4000;
export const THINNED_POINTS = 3000;
/** The newest are never thinned out. */
const NEWEST = 256;

/**
 * At most `max` of a run's points, in order. Always there: the first and the newest point and, as far as they
 * fit into a quarter of the places, the points with the least and the greatest value of each metric. Points
 * with a held-out test get up to half of the rest, the newest ones an eighth; what remains is spread evenly over
 * the updates, and of each stretch the point that stands out most is taken.
 * @param points in order of updates
 */
export function thinned(points: readonly MetricPoint[], max: number): MetricPoint[] {
  if (points.length <= max) return [...points];
  const kept = new Set<MetricPoint>();
  const keep = (list: readonly (MetricPoint | undefined)[], places: number) => {
    for (const point of list) {
      if (kept.size >= places) return;
      if (point) kept.add(point);
    }
  };
  keep([points.at(-1), points[0]], max);
  keep(extremes(points), Math.max(kept.size, Math.floor(max / 4)));
  keep(points.slice(-Math.min(NEWEST, Math.floor(max / 8))), max);
  const spans = spansOf(points);
  const others = points.filter((point) => !kept.has(point));
  const tested = others.filter(isTested);
  const room = max - kept.size;
  const forTested = Math.min(
    tested.length,
    Math.max(Math.floor(room / 2), room - (others.length - tested.length)),
  );
  keep(spread(tested, forTested, spans), max);
  keep(
    spread(
      others.filter((point) => !isTested(point)),
      max - kept.size,
      spans,
    ),
    max,
  );
  return points.filter((point) => kept.has(point));
}

const isTested = (point: MetricPoint) => point.values.evalSuccess !== undefined;

type Spans = Map<string, { least: MetricPoint; most: MetricPoint; from: number; to: number }>;

/** For each metric: the range of its values, and the points with the least and the greatest. */
function spansOf(points: readonly MetricPoint[]): Spans {
  const spans: Spans = new Map();
  for (const point of points)
    for (const [id, value] of Object.entries(point.values)) {
      const span = spans.get(id);
      if (!span) spans.set(id, { least: point, most: point, from: value, to: value });
      else if (value < span.from) [span.least, span.from] = [point, value];
      else if (value > span.to) [span.most, span.to] = [point, value];
    }
  return spans;
}

function extremes(points: readonly MetricPoint[]): MetricPoint[] {
  return [...spansOf(points).values()].flatMap(({ least, most }) => [most, least]);
}

/** At most `max` points: one from each of as many equal stretches of updates. */
function spread(points: readonly MetricPoint[], max: number, spans: Spans): MetricPoint[] {
  if (points.length <= max) return [...points];
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || max < 1) return [];
  const stretch = (last.updates - first.updates + 1) / max;
  const groups = new Map<number, MetricPoint[]>();
  for (const point of points) {
    const at = Math.floor((point.updates - first.updates) / stretch);
    const group = groups.get(at);
    if (group) group.push(point);
    else groups.set(at, [point]);
  }
  return [...groups.values()].flatMap((group) => mostStriking(group, spans) ?? []);
}

/** The one that is farthest from the group's mean in any metric, measured by that metric's whole range. */
function mostStriking(group: readonly MetricPoint[], spans: Spans): MetricPoint | undefined {
  if (group.length < 3) return group[0];
  const means = new Map<string, { sum: number; count: number }>();
  for (const { values } of group)
    for (const [id, value] of Object.entries(values)) {
      const mean = means.get(id) ?? { sum: 0, count: 0 };
      means.set(id, { sum: mean.sum + value, count: mean.count + 1 });
    }
  let best = group[0];
  let farthest = -1;
  for (const point of group)
    for (const [id, value] of Object.entries(point.values)) {
      const [span, mean] = [spans.get(id), means.get(id)];
      if (!span || !mean || span.to === span.from) continue;
      const distance = Math.abs(value - mean.sum / mean.count) / (span.to - span.from);
      if (distance > farthest) [best, farthest] = [point, distance];
    }
  return best;
}
