import type { Engine } from '../engine.ts';
import { parkMiller } from '../random.ts';
import type { Ops, Tensor } from '../types.ts';
import * as reference from './reference.ts';
import { type Array64, array64 } from './reference.ts';

/** One operation with fixed random inputs: what an engine computes, and what double precision says. */
export interface Case {
  name: string;
  /** Float inputs, which all have gradients. */
  inputs: Array64[];
  /** Every case knows the ranks of its own inputs. */
  engine(engine: Engine, inputs: never[]): Tensor;
  reference(inputs: Array64[]): Array64;
}

/** Values about normal with this deviation, exact in float32. */
export function normal(shape: number[], seed: number, deviation = 1): Array64 {
  const next = parkMiller(seed);
  for (let i = 0; i < 5; i++) next();
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let sum = -6;
    for (let j = 0; j < 12; j++) sum += next();
    values[i] = sum * deviation;
  }
  return array64(shape, values);
}

function rotaryTables(s: number, hd: number): { cos: Array64; sin: Array64 } {
  const angles = Array.from(
    { length: s * hd },
    (_, i) => Math.floor(i / hd) / 100 ** ((i % (hd / 2)) / (hd / 2)),
  );
  const table = (f: (x: number) => number) => array64([s, hd], Float32Array.from(angles, f));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

const int1 = (engine: Engine, values: number[]) => engine.tf.tensor1d(values, 'int32');

function linearCase(n: number, k: number, m: number, bias: boolean): Case {
  const inputs = [normal([n, k], n + k), normal([k, m], m, 0.3)];
  if (bias) inputs.push(normal([m], 3));
  return {
    name: `linear ${n}x${k}x${m}${bias ? ' with bias' : ''}`,
    inputs,
    engine: (engine, [x, w, b]) => engine.linear(x, w, b),
    reference: ([x, w, b]) => reference.linear(x, w, b),
  };
}

function swigluCase(n: number, d: number, f: number, block: boolean): Case {
  return {
    name: `${block ? 'swigluBlock' : 'swiglu'} n=${n} d=${d} f=${f}`,
    inputs: [normal([n, d], 5), normal([d, 2 * f], 6, 0.5), normal([f, d], 7, 0.5)],
    engine: (engine, [x, up, down]) => engine[block ? 'swigluBlock' : 'swiglu'](x, up, down),
    reference: ([x, up, down]) => (block ? reference.swigluBlock : reference.swiglu)(x, up, down),
  };
}

function attentionCase(batch: number, s: number, d: number, heads: number, rotary: boolean): Case {
  const tables = rotaryTables(s, d / heads);
  return {
    name: `attentionBlock b=${batch} s=${s} d=${d} heads=${heads}${rotary ? ' rotary' : ''}`,
    inputs: [normal([batch, s, d], 8), normal([d, 3 * d], 9, 0.5), normal([d, d], 10, 0.5)],
    engine(engine, [x, wqkv, wo]) {
      const { tf } = engine;
      const table = (value: Array64) =>
        tf.tensor2d(Float32Array.from(value.data), value.shape as [number, number]);
      const turned = rotary ? { cos: table(tables.cos), sin: table(tables.sin) } : undefined;
      return engine.attentionBlock(x, wqkv, wo, heads, turned);
    },
    reference: ([x, wqkv, wo]) =>
      reference.attentionBlock(x, wqkv, wo, heads, rotary ? tables : undefined),
  };
}

function activationCase(name: 'sigmoid' | 'silu'): Case {
  return {
    name,
    inputs: [normal([3, 7], 20, 4)],
    engine: (engine, [x]) => engine[name](x),
    reference: ([x]) => reference.activation(name, x),
  };
}

const INDICES = [0, 3, -1, 2, 2, -1, -1, -1, -1, 6, 0, 1];
const SPANS = [0, 3, 5, 2, 2, 0, 0, 0, 1, 1, 3, 4];

export type OpName = keyof Ops;

/** Every operation with a gradient, at sizes that leave remainders in every loop. */
export const CASES: Readonly<Record<Exclude<OpName, 'adamStep'>, readonly Case[]>> = {
  linear: [
    linearCase(1, 3, 2, true),
    linearCase(7, 5, 8, false),
    linearCase(13, 9, 19, true),
    {
      name: 'linear with leading axes',
      inputs: [normal([2, 3, 4], 1), normal([4, 8], 2)],
      engine: (engine, [x, w]) => engine.linear(x, w),
      reference: ([x, w]) => reference.linear(x, w),
    },
  ],
  rmsNorm: [
    {
      name: 'rmsNorm',
      inputs: [normal([5, 11], 3)],
      engine: (engine, [x]) => engine.rmsNorm(x),
      reference: ([x]) => reference.addRmsNorm(x),
    },
  ],
  addRmsNorm: [
    {
      name: 'addRmsNorm',
      inputs: [normal([2, 3, 8], 3), normal([2, 3, 8], 4)],
      engine: (engine, [x, y]) => engine.addRmsNorm(x, y),
      reference: ([x, y]) => reference.addRmsNorm(x, y),
    },
  ],
  swiglu: [swigluCase(7, 6, 9, false)],
  swigluBlock: [swigluCase(7, 8, 12, true), swigluCase(5, 5, 7, true)],
  attentionBlock: [
    attentionCase(2, 5, 8, 2, false),
    attentionCase(2, 4, 16, 2, true),
    attentionCase(3, 7, 12, 2, true),
  ],
  raggedAttention: [
    {
      name: 'raggedAttention',
      inputs: [normal([6, 8], 21), normal([7, 16], 22)],
      engine: (engine, [q, kv]) =>
        engine.raggedAttention(q, kv, Int32Array.from(SPANS), {
          heads: 2,
          group: 2,
        }),
      reference: ([q, kv]) => reference.raggedAttention(q, kv, SPANS, 2, 2),
    },
  ],
  embedSum: [
    {
      name: 'embedSum',
      inputs: [normal([7, 6], 16)],
      engine: (engine, [table]) =>
        engine.embedSum(table, engine.tf.tensor2d(INDICES, [4, 3], 'int32')),
      reference: ([table]) => reference.embedSum(table, INDICES, 3),
    },
  ],
  gatherRows: [
    {
      name: 'gatherRows',
      inputs: [normal([7, 5], 17)],
      engine: (engine, [x]) => engine.gatherRows(x, int1(engine, [6, 0, 0, -1])),
      reference: ([x]) => reference.embedSum(x, [6, 0, 0, -1], 1),
    },
  ],
  categorical: [
    {
      name: 'categorical',
      inputs: [normal([5, 7], 18, 2)],
      engine(engine, [logits]) {
        const actions = int1(engine, [0, 6, 3, 3, 1]);
        const { logProb, entropy } = engine.categorical(logits, actions);
        return engine.tf.stack([logProb, entropy], 1);
      },
      reference: ([logits]) => reference.categorical(logits, [0, 6, 3, 3, 1]),
    },
    {
      name: 'categorical, log-probability only',
      inputs: [normal([3, 4], 19, 2)],
      engine: (engine, [logits]) => engine.categorical(logits, int1(engine, [0, 3, 2])).logProb,
      reference: ([logits]) => {
        const both = reference.categorical(logits, [0, 3, 2]);
        return array64(
          [3],
          both.data.filter((_, i) => i % 2 === 0),
        );
      },
    },
  ],
  sigmoid: [activationCase('sigmoid')],
  silu: [activationCase('silu')],
};

export const ALL_CASES: readonly Case[] = Object.values(CASES).flat();
