/** One curve's points: x and y as measured. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * Exponential moving average over x, started without bias: a point `span` further back counts 1/e.
 * Points need not be evenly spaced.
 */
export function smooth({ x, y }: Curve, span: number): number[] {
  if (span <= 0) return [...y];
  let weighted = 0;
  let weight = 0;
  return y.map((value, i) => {
    const keep = i === 0 ? 0 : Math.exp(-(x[i] - x[i - 1]) / span);
    weighted = weighted * keep + value;
    weight = weight * keep + 1;
    return weighted / weight;
  });
}

/** A smoothing span that fits a curve: a share of its range, and never less than a few points. */
export function spanFor({ x }: Curve): number {
  if (x.length < 3) return 0;
  const range = x[x.length - 1] - x[0];
  return Math.max(range * 0.02, (3 * range) / (x.length - 1));
}

/** Index of the value nearest to `wanted` in an ascending list; −1 in an empty one. */
export function nearest(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && wanted - ascending[low - 1] < ascending[low] - wanted) return low - 1;
  return low < ascending.length ? low : -1;
}
