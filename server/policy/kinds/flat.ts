import { Specs } from '../blocks.ts';
import type { Kind } from './kind.ts';

/** The layers of both of HRM's modules in one stack: as many weights, no Planner. */
export const flat: Kind = {
  sizes: ({ lLayers, hLayers }) => ({ lLayers: lLayers + hLayers }),
  parameters: (config) => new Specs('doer', config).stack('L', config.lLayers, config.innerWidth),
  doer: (blocks, w, zL, added, tokens, spans) =>
    blocks.readTokens(w, 'L', zL, added, tokens, spans),
};
