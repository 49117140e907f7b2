import type { NumberField } from '../../shared/fields.ts';

/** 950, 12.4 k, 3.1 M: short enough for a readout. */
export function formatCount(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${Number((value / 1e9).toPrecision(3))} G`;
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return Math.round(value).toLocaleString('en');
}

/** A share as per cent; with a decimal near the ends, where it matters. */
export function formatShare(value: number): string {
  const percent = value * 100;
  const near = percent > 99 && percent < 100;
  return `${near ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Differences smaller than this are rounding. */
export const NOTHING = 1e-6;

/** A number with three significant digits. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size < NOTHING) return '0';
  if (size >= 1e4) return formatCount(value);
  if (size < 0.001) return value.toExponential(1).replace('.0', '').replaceAll('-', '−');
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/** A metric's value in its own unit. */
export function formatMetric(value: number, unit: string): string {
  return unit === 'share' ? formatShare(value) : formatNumber(value);
}

/** A setting's value with at most as many decimals as its step has. */
export function formatField(value: number, field: NumberField): string {
  const decimals = Math.max(0, -Math.floor(Math.log10(field.step) + 1e-9));
  return String(Number(value.toFixed(Math.min(6, decimals)))).replace('-', '−');
}

/** "just now", "4 min ago", "3 h ago", "2 days ago". */
export function formatAge(at: number, now: number): string {
  const minutes = Math.max(0, (now - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${Math.floor(minutes)} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} days ago`;
}

/** "40 s", "12 min", "3.5 h", "2 d": a length of time in its fitting unit. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Number((seconds / 60).toPrecision(3))} min`;
  if (seconds < 172_800) return `${Number((seconds / 3600).toPrecision(3))} h`;
  return `${Number((seconds / 86_400).toPrecision(3))} d`;
}
