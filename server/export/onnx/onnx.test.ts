import { describe, expect, test } from '@jest/globals';
import { POLICY_KINDS } from '../../../shared/config.ts';
import type { Engine } from '../../engine/index.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { initialWeights } from '../../policy/parameters.ts';
import { readPolicy } from '../../policy/policyFile.ts';
import { policyGraph } from './exportPolicy.ts';
import { GraphBuilder } from './graph.ts';
import { checkParity } from './parity.ts';
import { decodeOnnx, encodeOnnx } from './proto.ts';
import { runner } from './run.ts';
import { tracingEngine } from './trace.ts';

/** Weights without the zeros that untrained heads begin with, so that all of them matter. */
function someWeights(config: ReturnType<typeof policyConfig>): Float32Array {
  return initialWeights(config, 4).map((weight, i) => weight + 0.02 * Math.sin(i));
}

describe('an exported policy', () => {
  test('thinks as the policy does, in states of play (the command compares 1,000)', async () => {
    const { config, weights } = await readPolicy('default');
    const file = encodeOnnx(policyGraph(config, weights));
    const parity = await checkParity(config, weights, file, 96, 'wasm');
    expect(parity).toMatchObject({ states: 96 });
    expect(parity.maxAbsError).toBeLessThan(1e-4);
  }, 180_000);

  test.each(POLICY_KINDS)(
    'may be of any kind: %s',
    async (kind) => {
      const config = policyConfig('nano', kind);
      const weights = someWeights(config);
      const file = encodeOnnx(policyGraph(config, weights));
      const parity = await checkParity(config, weights, file, 16, 'wasm');
      expect(parity).toMatchObject({ states: 16 });
      expect(parity.maxAbsError).toBeLessThan(1e-4);
    },
    60_000,
  );

  test('with other weights is found out', async () => {
    const config = policyConfig('nano', 'hrm');
    const weights = someWeights(config);
    const file = encodeOnnx(
      policyGraph(
        config,
        weights.map((weight) => weight * 1.02),
      ),
    );
    const { maxAbsError } = await checkParity(config, weights, file, 16, 'wasm');
    expect(maxAbsError).toBeGreaterThan(0.005);
  }, 60_000);

  test('takes no objects at all', () => {
    const config = policyConfig('nano', 'hrm');
    const model = policyGraph(config, someWeights(config));
    const run = runner(encodeOnnx(model));
    const size = config.latents * config.width;
    const none = (dims: number[]) => ({ dims, data: new Int32Array(dims[0] * dims[1]).fill(-1) });
    const wide = Object.fromEntries(
      model.inputs.map(({ name, dims }) => [name, dims[1] as number]),
    );
    const out = run({
      state: none([1, wide.state]),
      objects: none([0, wide.objects]),
      words: none([2, wide.words]),
      goal: none([1, wide.goal]),
      z_h: { dims: [1, size], data: new Float32Array(size).fill(0.1) },
      z_l: { dims: [1, size], data: new Float32Array(size).fill(0.2) },
      events: { dims: [0], data: new Int32Array(0) },
      new_goal: none([1, wide.new_goal]),
      replanned: { dims: [1], data: Int32Array.of(1) },
    });
    const sum = Array.from(out.probabilities.data).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 5);
  });
});

test('a file holds what was written', () => {
  const model = policyGraph(policyConfig('nano', 'gru'), someWeights(policyConfig('nano', 'gru')));
  const { nodes, weights } = decodeOnnx(encodeOnnx(model));
  expect(nodes).toEqual(model.nodes);
  expect(weights).toEqual(model.weights);
});

test('a model that uses what the export does not know is refused by name', () => {
  const engine: Engine = tracingEngine(new GraphBuilder(), new Map(), 4);
  expect(() => engine.tf.erf).toThrow('the model uses erf, which the export does not know');
  expect(() => engine.tf.tensor2d(new Float32Array(2), [1, 2])).toThrow(/no input of the export/);
});
