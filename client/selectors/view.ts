import type { Layers } from '../store/state.ts';

export type {
  Baselines,
  ChartAxis,
  ConnectionStatus,
  Loop,
  Notice,
  Playback,
  PlayMode,
  State,
} from '../store/state.ts';
export { CHART_AXES, SPEEDS } from '../store/state.ts';
export type { Selector, Store } from '../store/store.ts';

/** Which layers of the stage are drawn. */
export type LayerChoice = Layers;
