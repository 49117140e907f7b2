interface LayerInfo {
  label: string;
  /** Switches it. */
  key: string;
  help: string;
  /** Drawn for a newcomer. */
  on: boolean;
}

/** What the stage shows beside the world itself, in the order of the menu. */
export const LAYERS = {
  goal: {
    label: 'Planner’s goal',
    key: 'G',
    help: 'Target cell, what the Planner wants there, how sure it is, and the straight way.',
    on: true,
  },
  heat: {
    label: 'Goal heat',
    key: 'H',
    help: 'How the Planner’s belief was spread over targets when it last replanned. Not in recordings from before.',
    on: false,
  },
  choices: {
    label: 'Doer’s choice',
    key: 'D',
    help: 'Probability of turning, walking and handling, drawn at the agent.',
    on: true,
  },
  values: {
    label: 'Value of cells',
    key: 'V',
    help: 'Return that the agent expected when it last stood there. Cells it has not visited stay empty.',
    on: false,
  },
  trail: {
    label: 'Trail',
    key: 'T',
    help: 'Where the agent has just been.',
    on: true,
  },
  expert: {
    label: 'Expert’s way',
    key: 'E',
    help: 'What the scripted expert would do from here. It sees no more than the agent.',
    on: false,
  },
  view: {
    label: 'Field of view',
    key: 'I',
    help: 'Border of what the agent sees now.',
    on: true,
  },
  fog: {
    label: 'Fog',
    key: 'F',
    help: 'Dims what the agent does not see.',
    on: true,
  },
  letters: {
    label: 'Colour letters',
    key: 'K',
    help: 'R, G, B, P, Y, and A for grey, on every object.',
    on: false,
  },
} as const satisfies Readonly<Record<string, LayerInfo>>;
export type LayerId = keyof typeof LAYERS;
/** Which layers are drawn. */
export type Layers = Readonly<Record<LayerId, boolean>>;
export const LAYER_IDS = Object.keys(LAYERS) as readonly LayerId[];

/** A choice for each layer. */
export function layersWhere(isOn: (id: LayerId) => boolean): Layers {
  const choice: Partial<Record<LayerId, boolean>> = {};
  for (const id of LAYER_IDS) choice[id] = isOn(id);
  return choice as Layers;
}

export const USUAL_LAYERS = layersWhere((id) => LAYERS[id].on);
