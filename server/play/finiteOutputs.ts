import { expectFiniteOutput } from '../policy/checkpoint/index.ts';
import type { Sink } from './table.ts';

/** Refuses a policy whose outputs are no numbers, at the first step at which they are not. */
export const finiteOutputs: Sink = {
  thought({ thought }) {
    expectFiniteOutput('action', thought.probabilities);
    expectFiniteOutput('value', thought.values);
    expectFiniteOutput('halt', thought.halt);
    if (thought.plannersValues) expectFiniteOutput('planner value', thought.plannersValues);
    expectFiniteOutput('z_H', thought.zH);
    expectFiniteOutput('z_L', thought.zL);
  },
};
