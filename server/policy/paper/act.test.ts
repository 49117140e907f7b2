import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { createEngine } from '../../engine/index.ts';
import {
  callModel,
  disposeCarry,
  haltedAfter,
  initialCarry,
  type PuzzleBatch,
  startCall,
} from './act.ts';
import { parsePaperConfig } from './config.ts';
import { createPaperModel } from './model.ts';
import { initWeights } from './weights.ts';

beforeAll(async () => {
  await createEngine({ engine: 'wasm-plain' });
});

const sizes = {
  seq_len: 2,
  vocab_size: 4,
  hidden_size: 8,
  num_heads: 2,
  expansion: 1,
  H_layers: 1,
  L_layers: 1,
  H_cycles: 1,
  L_cycles: 1,
  halt_max_steps: 4,
  pos_encodings: 'rope',
};
const hrm = parsePaperConfig('hrm', sizes);
const trm = parsePaperConfig('trm', sizes);

const batch = (token: number): PuzzleBatch => ({
  inputs: Int32Array.of(token, token, token, token),
  labels: Int32Array.of(0, -100, 1, 1),
  puzzleIdentifiers: Int32Array.of(0, 0),
});

const steps = Int32Array.of(1, 1, 4, 4);
const qHalt = Float32Array.of(-1, -3, 1, -3);
const qContinue = Float32Array.of(-2, -2, 2, -2);

test('training halts on the Q-values or at the limit, evaluation only at the limit', () => {
  const of = (config: typeof hrm, training: boolean) => [
    ...haltedAfter(config, steps, qHalt, qContinue, { training }),
  ];
  expect(of(hrm, true)).toEqual([1, 0, 1, 1]);
  expect(of(hrm, false)).toEqual([0, 0, 1, 1]);
  // TRM looks at q_halt > 0 alone.
  expect(of(trm, true)).toEqual([0, 0, 1, 1]);
  expect([
    ...haltedAfter(trm, steps, Float32Array.of(0.1, 0, 0, 0), qContinue, { training: true }),
  ]).toEqual([1, 0, 1, 1]);
});

test('exploration asks for a minimum of 2 to halt_max_steps calls', () => {
  const config = { ...hrm, haltExplorationProb: 0.5 };
  const minimum = (draws: number[], at: number) => {
    const queue = [...draws];
    const random = () => queue.shift() as number;
    const one = Float32Array.of(1);
    const zero = Float32Array.of(0);
    return haltedAfter(config, Int32Array.of(at), one, zero, { training: true, random })[0];
  };
  expect(minimum([0.5], 1)).toBe(1); // not exploring
  expect(minimum([0.49, 0], 1)).toBe(0); // at least 2
  expect(minimum([0.49, 0], 2)).toBe(1);
  expect(minimum([0.49, 0.999], 3)).toBe(0); // at least 4
  expect(minimum([0.49, 0.999], 4)).toBe(1);
  expect(() => haltedAfter(config, steps, qHalt, qContinue, { training: true })).toThrow(
    /^random:/,
  );
});

test('halted sequences take new data and fresh states, others keep theirs', async () => {
  const model = createPaperModel(hrm, initWeights(hrm, 1));
  const first = initialCarry(hrm, 2);
  const { carry, outputs } = await callModel(model, first, batch(1), { training: false });
  expect([...carry.steps]).toEqual([1, 1]);
  expect([...carry.halted]).toEqual([0, 0]);
  expect([...carry.currentData.inputs]).toEqual([1, 1, 1, 1]);
  const mixed = { ...carry, halted: Uint8Array.of(0, 1) };
  const call = startCall(model, mixed, batch(3));
  expect([...call.steps]).toEqual([2, 1]);
  expect([...call.data.inputs]).toEqual([1, 1, 3, 3]);
  const before = await carry.zH.data();
  const after = await call.states.zH.data();
  const init = (await model.buffers.get('inner.H_init')?.data()) as Float32Array;
  expect([...after.slice(0, 16)]).toEqual([...before.slice(0, 16)]);
  expect([...after.slice(16)]).toEqual([...init, ...init]);
  call.dispose();
  disposeCarry(first);
  disposeCarry(carry);
  outputs.logits.dispose();
  model.dispose();
});

test('the target of q_continue bootstraps from one more pass, and from halting on the last call', async () => {
  const weights = initWeights(hrm, 2);
  const q = weights.get('inner.q_head.weight');
  q?.data.forEach((_, i) => {
    q.data[i] = -Math.sin(i);
  });
  const model = createPaperModel(hrm, weights);
  const call = async (at: number) => {
    const carry = {
      ...initialCarry(hrm, 2),
      steps: Int32Array.of(at, at),
      halted: Uint8Array.of(0, 0),
    };
    const now = await callModel(model, carry, batch(1), { training: true });
    // The same states and data once more, whatever the first call decided.
    const going = { ...now.carry, halted: Uint8Array.of(0, 0) };
    const next = await callModel(model, going, batch(1), { training: false });
    return { target: now.outputs.target_q_continue as Float32Array, next: next.outputs };
  };
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const early = await call(0);
  const last = await call(3);
  for (const b of [0, 1]) {
    const { q_halt_logits: halt, q_continue_logits: goOn } = early.next;
    expect(goOn[b]).toBeGreaterThan(halt[b] + 0.1);
    expect(early.target[b]).toBeCloseTo(sigmoid(goOn[b]), 5);
    expect(last.target[b]).toBeCloseTo(sigmoid(last.next.q_halt_logits[b]), 5);
  }
  model.dispose();
});

test('a batch that does not fit is refused by the name of its field', () => {
  const model = createPaperModel(hrm, initWeights(hrm, 1));
  const carry = initialCarry(hrm, 2);
  const tensors = tf.memory().numTensors;
  const good = batch(1);
  const short = { ...good, inputs: Int32Array.of(1) };
  expect(() => startCall(model, carry, short)).toThrow(/^batch\.inputs: got 1 numbers/);
  const foreign = { ...good, labels: Int32Array.of(0, 1, 2, 4) };
  expect(() => startCall(model, carry, foreign)).toThrow(/^batch\.labels: got 4, expected 0 to 3/);
  expect(tf.memory().numTensors).toBe(tensors);
  disposeCarry(carry);
  model.dispose();
});
