import type { Layers } from '../store/state.ts';

export type { ConnectionStatus, Notice, Playback, PlayMode, State } from '../store/state.ts';
export { SPEEDS } from '../store/state.ts';
export type { Selector, Store } from '../store/store.ts';

/** Which layers of the stage are drawn. */
export type LayerChoice = Layers;
