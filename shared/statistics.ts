const Z95 = 1.959963984540054;

/** 95 % Wilson score interval of a share: `hits` of `count`. [0, 1] when nothing was counted. */
export function wilsonInterval(hits: number, count: number): [number, number] {
  if (count === 0) return [0, 1];
  const p = hits / count;
  const scale = 1 + Z95 ** 2 / count;
  const centre = (p + Z95 ** 2 / (2 * count)) / scale;
  const half = (Z95 / scale) * Math.sqrt((p * (1 - p)) / count + Z95 ** 2 / (4 * count * count));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** A share that was counted: `value` (0 to 1) of `count` independent cases. */
export interface Share {
  readonly value: number;
  readonly count: number;
}

/**
 * 95 % interval of `after − before`, two independent shares (Newcombe's hybrid of their Wilson
 * intervals, which keeps its promise near 0 and 1 and with small counts).
 */
export function differenceInterval(before: Share, after: Share): [number, number] {
  const [beforeLow, beforeHigh] = wilsonInterval(before.value * before.count, before.count);
  const [afterLow, afterHigh] = wilsonInterval(after.value * after.count, after.count);
  const difference = after.value - before.value;
  return [
    difference - Math.hypot(after.value - afterLow, beforeHigh - before.value),
    difference + Math.hypot(afterHigh - after.value, before.value - beforeLow),
  ];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = NaN, high = NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom; with more than these, the normal's is near enough. */
const STUDENT_T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
];

/**
 * mean(after) − mean(before) of two independent samples, each of at least two, with Student's 95 % interval for equal
 * variances.
 */
export function differenceOfMeans(
  before: readonly number[],
  after: readonly number[],
): { difference: number; ci95: [number, number] } {
  const squares = (values: readonly number[]) => {
    const centre = mean(values);
    return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  };
  const freedom = before.length + after.length - 2;
  const variance = (squares(before) + squares(after)) / freedom;
  const error = Math.sqrt(variance * (1 / before.length + 1 / after.length));
  const half = (STUDENT_T[freedom - 1] ?? Z95) * error;
  const difference = mean(after) - mean(before);
  return { difference, ci95: [difference - half, difference + half] };
}
