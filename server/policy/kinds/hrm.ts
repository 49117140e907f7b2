import { Specs } from '../blocks.ts';
import type { Kind } from './kind.ts';

/** Hierarchical Reasoning Model (arXiv 2506.21734): a stack of layers for each of Doer (L) and Planner (H).
 * Unlike the paper's, the Planner reads the tokens too: its goals point at them. */
export const hrm: Kind = {
  parameters: (config) => [
    ...new Specs('doer', config).stack('L', config.lLayers, config.innerWidth),
    ...new Specs('planner', config).stack('H', config.hLayers, config.innerWidth, true),
  ],
  doer: (blocks, w, zL, added, tokens, spans) =>
    blocks.readTokens(w, 'L', zL, added, tokens, spans),
  planner: (blocks, w, zH, zL, pool, spans) =>
    blocks.readLatents(w, 'H', blocks.config.hLayers, zH, zL, { pool, spans }),
};
