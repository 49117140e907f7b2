import { at } from '../../../shared/indexing.ts';

/** One curve's points: x and y as measured. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The points of a curve in order, each as [x, y]. */
export function pointsOf({ x, y }: Curve): [number, number][] {
  return x.map((value, i) => [value, at(y, i)]);
}

/**
 * Exponential moving average over x, started without bias: a point `span` further back counts 1/e.
 * Points need not be evenly spaced.
 */
export function smooth({ x, y }: Curve, span: number): number[] {
  if (span <= 0) return [...y];
  let weighted = 0;
  let weight = 0;
  let before = Number.NEGATIVE_INFINITY;
  return pointsOf({ x, y }).map(([place, value]) => {
    const keep = Math.exp(-(place - before) / span);
    before = place;
    weighted = weighted * keep + value;
    weight = weight * keep + 1;
    return weighted / weight;
  });
}

/** A smoothing span that fits a curve: a share of its range, and never less than a few points. */
export function spanFor({ x }: Curve): number {
  if (x.length < 3) return 0;
  const range = at(x, x.length - 1) - at(x, 0);
  return Math.max(range * 0.02, (3 * range) / (x.length - 1));
}

/** Index of the value nearest to `wanted` in an ascending list; −1 in an empty one. */
export function nearest(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(ascending, middle) < wanted) low = middle + 1;
    else high = middle;
  }
  if (low >= ascending.length) return -1;
  const isBeforeNearer = low > 0 && wanted - at(ascending, low - 1) < at(ascending, low) - wanted;
  return isBeforeNearer ? low - 1 : low;
}
