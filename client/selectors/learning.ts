import { TRAIN_FIELDS } from '../../shared/config.ts';
import type { NumberField } from '../../shared/fields.ts';
import type { MetricId, MetricPoint } from '../../shared/metrics.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import { REWARD_FIELDS } from '../../shared/rewards.ts';

export interface MetricCurve {
  /** Environment steps. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const curvesOf = new WeakMap<readonly MetricPoint[], Map<MetricId, MetricCurve>>();

/** A metric's measured points over environment steps, in order; points without it are left out. */
export function metricCurve(points: readonly MetricPoint[], id: MetricId): MetricCurve {
  let curves = curvesOf.get(points);
  if (!curves) curvesOf.set(points, (curves = new Map()));
  let curve = curves.get(id);
  if (!curve) {
    const x: number[] = [];
    const y: number[] = [];
    for (const point of points) {
      const value = point.values[id];
      if (value === undefined || !Number.isFinite(value)) continue;
      x.push(point.envSteps);
      y.push(value);
    }
    curve = { x, y };
    curves.set(id, curve);
  }
  return curve;
}

const SHORTEST_RANGE = 1000;

/** Environment steps over which all charts of a run extend. */
export function stepsRange(points: readonly MetricPoint[]): [number, number] {
  const last = points.at(-1)?.envSteps ?? 0;
  return [0, Math.max(SHORTEST_RANGE, last)];
}

/** "Wrong object 0 → 0.3, Bump 0 → 0.01". */
export function describeChange(change: SettingsChange): string {
  const table: Readonly<Record<string, NumberField>> =
    change.kind === 'rewards' ? REWARD_FIELDS : TRAIN_FIELDS;
  return change.changes
    .map(({ id, from, to }) => `${table[id]?.label ?? id} ${from} → ${to}`)
    .join(', ');
}
