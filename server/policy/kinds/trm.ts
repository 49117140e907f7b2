import { Specs } from '../blocks.ts';
import type { Kind } from './kind.ts';

/** Tiny Recursive Model (arXiv 2510.04871): one network is Doer and Planner. */
export const trm: Kind = {
  parameters: (config) => new Specs('doer', config).stack('L', config.lLayers, config.innerWidth),
  doer: (blocks, w, zL, added, tokens, spans) =>
    blocks.readTokens(w, 'L', zL, added, tokens, spans),
  planner: (blocks, w, zH, zL) => blocks.readLatents(w, 'L', blocks.config.lLayers, zH, zL),
};
