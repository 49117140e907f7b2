import { NOTHING } from '../../theme/format.ts';

/** Two to five round numbers between `low` and `high`, both ends included where they are round. */
export function ticks(low: number, high: number, wanted = 3): number[] {
  const range = high - low;
  if (!(range > 0) || !Number.isFinite(range)) return [low];
  const rough = range / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The values' range with some air, so that a curve does not stick to the frame. Never empty. */
export function paddedRange(values: Iterable<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const exact of values) {
    if (!Number.isFinite(exact)) continue;
    const value = Math.abs(exact) < NOTHING ? 0 : exact;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const air = (high - low) * 0.08 || Math.abs(high) * 0.1 || 0.5;
  return [low >= 0 && low - air < 0 ? 0 : low - air, high + air];
}
