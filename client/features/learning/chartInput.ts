import type { SettingsChange } from '../../../shared/protocol.ts';
import type { Theme } from '../../theme/theme.ts';
import type { MetricCurve, ReferenceLine } from './learning.ts';

export interface ChartLine {
  label: string;
  color: string;
  curve: MetricCurve;
  /** Measured rarely: its points are drawn as they are, joined, without smoothing. */
  exact?: boolean;
  /** Of another run than the one watched. */
  dashed?: boolean;
  /** Interval around it, at the same x. */
  band?: { low: MetricCurve; high: MetricCurve };
}

export interface ChartInput {
  theme: Theme;
  x: [number, number];
  /** Fixed range of y; else it follows the values. */
  y?: [number, number];
  lines: readonly ChartLine[];
  /** Values of scripted policies, drawn across. */
  references: readonly ReferenceLine[];
  changes: readonly PlacedChange[];
  /** Where the episode on the stage ended. */
  marker: number | undefined;
  format: (value: number) => string;
  formatX: (x: number) => string;
  /** Follows an x that is read out. */
  unitX: string;
  /** Position of the pointer in x units, shared by all charts. */
  hover: number | undefined;
  /** Whether the pointer is over this chart: only then it spells its values out. */
  active: boolean;
  /** Episodes that can be shown, as marks along the axis. */
  episodes?: readonly PlacedEpisode[];
}

/** Where an episode ended on the chart's axis, and whether its mission was done. */
export interface PlacedEpisode {
  x: number;
  success: boolean;
  steps: number;
}

/** A change of settings and where it lies on the chart's axis. */
export interface PlacedChange {
  x: number;
  change: SettingsChange;
}
