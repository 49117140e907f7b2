import { expect, test } from '@jest/globals';
import { createEngine } from '../engine/index.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { Policy } from '../policy/model.ts';
import { initialWeights, parameterSpecs, uploadWeights } from '../policy/parameters.ts';
import { evaluate } from './evaluate.ts';

test.each([
  ['action.bias', 'action'],
  ['value.bias', 'value'],
  ['halt.bias', 'halt'],
])(
  'a policy whose %s makes an output that is no number is refused by that name',
  async (weight, output) => {
    const engine = await createEngine({ engine: 'wasm' });
    const config = policyConfig('nano', 'hrm');
    const spec = parameterSpecs(config).find(({ name }) => name.endsWith(weight));
    if (!spec) throw new Error(`no weight ${weight}`);
    const flat = initialWeights(config, 1);
    // What reads a file refuses this one; here it stands for weights that are finite and too large together.
    flat[spec.offset] = Number.NaN;
    const played = evaluate(new Policy(engine, config), uploadWeights(engine, config, flat), {
      levelId: 'BabyAI-GoToObjS4-v0',
      episodes: 2,
      seedBase: 5,
      greedy: true,
    });
    await expect(played).rejects.toThrow(
      `output "${output}": is NaN at index 0; accepted: weights with which all outputs are finite`,
    );
  },
);
