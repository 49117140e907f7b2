import type { Layers } from '../store/state.ts';

export type LayerId = keyof Layers;

export interface LayerInfo {
  label: string;
  /** Switches it. */
  key: string;
  help: string;
}

/** The stage's layers in the order of the menu. */
export const LAYERS: Readonly<Record<LayerId, LayerInfo>> = {
  goal: {
    label: 'Planner’s goal',
    key: 'G',
    help: 'Target cell, what the Planner wants there, how sure it is, and the straight way.',
  },
  heat: {
    label: 'Goal heat',
    key: 'H',
    help: 'How the Planner’s belief was spread over targets when it last replanned. Not in recordings from before.',
  },
  choices: {
    label: 'Doer’s choice',
    key: 'D',
    help: 'Probability of turning, walking and handling, drawn at the agent.',
  },
  values: {
    label: 'Value of cells',
    key: 'V',
    help: 'Return that the agent expected when it last stood there. Cells it has not visited stay empty.',
  },
  trail: { label: 'Trail', key: 'T', help: 'Where the agent has just been.' },
  expert: {
    label: 'Expert’s way',
    key: 'E',
    help: 'What the scripted expert would do from here. It sees no more than the agent.',
  },
  view: { label: 'Field of view', key: 'I', help: 'Border of what the agent sees now.' },
  fog: { label: 'Fog', key: 'F', help: 'Dims what the agent does not see.' },
  letters: {
    label: 'Colour letters',
    key: 'K',
    help: 'R, G, B, P, Y, and A for grey, on every object.',
  },
};
export const LAYER_IDS = Object.keys(LAYERS) as readonly LayerId[];

/** The layer that a key switches; undefined where it is no layer's. */
export function layerOfKey(key: string): LayerId | undefined {
  return LAYER_IDS.find((id) => LAYERS[id].key === key.toUpperCase());
}
