import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { createEngine } from '../../engine/index.ts';
import { callModel, disposeCarry, initialCarry, type PuzzleBatch } from './act.ts';
import { type PaperArch, parsePaperConfig } from './config.ts';
import { lossAndGradients } from './lossHead.ts';
import { createPaperModel } from './model.ts';
import { plainForward } from './plain.testing.ts';
import { initWeights, type PaperWeights } from './weights.ts';

beforeAll(async () => {
  await createEngine({ engine: 'wasm-plain' });
});

const sizes = {
  seq_len: 4,
  vocab_size: 5,
  hidden_size: 8,
  num_heads: 2,
  expansion: 1,
  H_layers: 1,
  L_layers: 2,
  H_cycles: 2,
  L_cycles: 2,
  halt_max_steps: 3,
};

/** Option combinations that the recorded models do not contain. */
const variants: [PaperArch, string, Record<string, unknown>][] = [
  ['hrm', 'rope', { pos_encodings: 'rope', puzzle_emb_ndim: 12, num_puzzle_identifiers: 3 }],
  ['hrm', 'learned', { pos_encodings: 'learned', puzzle_emb_ndim: 8, num_puzzle_identifiers: 3 }],
  [
    'trm',
    'none, token MLP',
    {
      pos_encodings: 'none',
      mlp_t: true,
      puzzle_emb_ndim: 8,
      puzzle_emb_len: 3,
      num_puzzle_identifiers: 3,
    },
  ],
  ['trm', 'rope, no puzzles', { pos_encodings: 'rope', L_cycles: 3 }],
  ['flat', 'learned, narrow', { pos_encodings: 'learned', swiglu_multiple: 8 }],
];

const batch: PuzzleBatch = {
  inputs: Int32Array.of(0, 1, 2, 3, 4, 3, 3, 0),
  labels: Int32Array.of(1, -100, 2, 4, -100, -100, -100, -100),
  puzzleIdentifiers: Int32Array.of(2, 0),
};

/** Random weights in which nothing is zero, so that every part of the network counts. */
function busyWeights(config: ReturnType<typeof parsePaperConfig>): PaperWeights {
  const weights = initWeights(config, 7);
  const noise = initWeights({ ...config, puzzleWidth: 0 }, 8).get('inner.H_init')?.data;
  for (const name of ['inner.q_head.weight', 'inner.puzzle_emb.weights']) {
    const data = weights.get(name)?.data;
    data?.forEach((_, i) => {
      data[i] = (noise as Float32Array)[i % 8] * (1 + i / 20);
    });
  }
  return weights;
}

function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[i * width + j]),
  );
}

/** Largest difference between two matrices of one shape. */
function distance(a: number[][], b: number[][]): number {
  expect(a.map((row) => row.length)).toEqual(b.map((row) => row.length));
  return Math.max(...a.flatMap((row, i) => row.map((x, j) => Math.abs(x - b[i][j]))));
}

function puzzleOf(config: ReturnType<typeof parsePaperConfig>, weights: PaperWeights, id: number) {
  const width = config.puzzleWidth;
  const table = weights.get('inner.puzzle_emb.weights')?.data as Float32Array | undefined;
  return table && Array.from(table.subarray(id * width, (id + 1) * width));
}

test.each(variants)('%s (%s) agrees with plain loops over two calls', async (arch, _, options) => {
  const config = parsePaperConfig(arch, { ...sizes, ...options });
  const weights = busyWeights(config);
  const model = createPaperModel(config, weights);
  let carry = initialCarry(config, 2);
  const S = config.seqLen + config.puzzleTokens;
  const init = (name: string) =>
    Array.from({ length: S }, () => Array.from(weights.get(name)?.data as Float32Array));
  const plain = [0, 1].map(() => ({ zH: init('inner.H_init'), zL: init('inner.L_init') }));
  for (let t = 0; t < 2; t++) {
    const result = await callModel(model, carry, batch, { training: false });
    disposeCarry(carry);
    carry = result.carry;
    const z = rowsOf(await carry.zL.data(), config.width);
    const logits = rowsOf(await result.outputs.logits.data(), config.vocabSize);
    for (const b of [0, 1]) {
      const tokens = Array.from(batch.inputs.subarray(b * 4, b * 4 + 4));
      const puzzle = puzzleOf(config, weights, batch.puzzleIdentifiers[b]);
      const expected = plainForward(config, weights, plain[b], tokens, puzzle);
      plain[b] = expected;
      expect(distance(z.slice(b * S, (b + 1) * S), expected.zL)).toBeLessThan(1e-4);
      const answer = logits.slice(b * config.seqLen, (b + 1) * config.seqLen);
      expect(distance(answer, expected.logits)).toBeLessThan(1e-4);
      expect(result.outputs.q_halt_logits[b]).toBeCloseTo(expected.qHalt, 4);
      expect(result.outputs.q_continue_logits[b]).toBeCloseTo(expected.qContinue, 4);
    }
    result.outputs.logits.dispose();
  }
  disposeCarry(carry);
  model.dispose();
});

test('the puzzle embedding gets the gradient of its rows, in training alone', async () => {
  // One cycle of each module, so that the whole network is inside the gradient and differences show all of it.
  const config = parsePaperConfig('trm', { ...sizes, ...variants[2][2], H_cycles: 1 });
  const weights = busyWeights(config);
  const lossWith = async (change: number, index: number, training: boolean) => {
    const changed: PaperWeights = new Map(weights);
    const stored = weights.get('inner.puzzle_emb.weights');
    const data = Float32Array.from(stored?.data as Float32Array);
    data[index] += change;
    changed.set('inner.puzzle_emb.weights', { dtype: 'F32', shape: [3, 8], data });
    const model = createPaperModel(config, changed);
    const carry = initialCarry(config, 2);
    const result = await lossAndGradients(model, carry, batch, 'stablemax', { training });
    disposeCarry(carry);
    disposeCarry(result.carry);
    result.outputs.logits.dispose();
    model.dispose();
    const rows = result.gradients.get('inner.puzzle_emb.local_weights');
    const gradient = rows && Array.from(await rows.data());
    tf.dispose([...result.gradients.values()]);
    return { loss: result.loss, gradient };
  };
  const { gradient } = await lossWith(0, 0, true);
  expect(gradient).toHaveLength(16);
  for (const i of [0, 3, 7]) {
    // The first sequence uses row 2 of the table.
    const up = await lossWith(0.01, 2 * 8 + i, true);
    const down = await lossWith(-0.01, 2 * 8 + i, true);
    expect((up.loss - down.loss) / 0.02).toBeCloseTo((gradient as number[])[i], 2);
  }
  expect(Math.max(...(gradient as number[]).map(Math.abs))).toBeGreaterThan(0.02);
  expect((await lossWith(0, 0, false)).gradient).toBeUndefined();
});

test('calls and gradients leave no tensors behind', async () => {
  const config = parsePaperConfig('hrm', { ...sizes, ...variants[0][2] });
  const model = createPaperModel(config, busyWeights(config));
  let carry = initialCarry(config, 2);
  const counts: number[] = [];
  for (let i = 0; i < 4; i++) {
    const called = await callModel(model, carry, batch, { training: true });
    disposeCarry(carry);
    called.outputs.logits.dispose();
    const learnt = await lossAndGradients(model, called.carry, batch, 'softmax', {
      training: true,
    });
    disposeCarry(called.carry);
    learnt.outputs.logits.dispose();
    tf.dispose([...learnt.gradients.values()]);
    carry = learnt.carry;
    counts.push(tf.memory().numTensors);
  }
  expect(new Set(counts).size).toBe(1);
  disposeCarry(carry);
  model.dispose();
});

test('mixing tokens by a SwiGLU gives the same loss and gradients in fused operations', async () => {
  const config = parsePaperConfig('trm', { ...sizes, ...variants[2][2], swiglu_multiple: 8 });
  const weights = busyWeights(config);
  const run = async (ops?: Parameters<typeof createPaperModel>[2]) => {
    const model = createPaperModel(config, weights, ops);
    const carry = initialCarry(config, 2);
    const result = await lossAndGradients(model, carry, batch, 'stablemax', { training: false });
    const gradients = new Map<string, Float32Array>();
    for (const [name, tensor] of result.gradients)
      gradients.set(name, Float32Array.from(await tensor.data()));
    disposeCarry(carry);
    disposeCarry(result.carry);
    tf.dispose([result.outputs.logits, ...result.gradients.values()]);
    model.dispose();
    return { loss: result.loss, gradients };
  };
  const plain = await run();
  const fused = await run(await createEngine({ engine: 'wasm' }));
  expect(fused.loss).toBeCloseTo(plain.loss, 4);
  for (const [name, values] of plain.gradients)
    for (const [i, value] of values.entries())
      expect(Math.abs((fused.gradients.get(name)?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-4);
});
