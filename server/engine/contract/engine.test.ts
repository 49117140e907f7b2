import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { EngineName } from '../../../shared/config.ts';
import { createEngine, type Engine, type Variable } from '../index.ts';
import { parkMiller } from '../random.ts';
import { ReferenceNetwork } from '../referenceNetwork.ts';
import { tfjsNodePackage } from '../tfjsNode.ts';
import { ALL_CASES, normal } from './cases.ts';
import { caseErrors, relativeError, runCase } from './contract.ts';
import { adamStep } from './reference.ts';

/** tfjs-node only where it is installed. WebGPU needs a GPU or, on Linux x64, the development dependencies. */
const NAMES: EngineName[] = ['wasm', 'wasm-plain', 'cpu', 'webgpu'];
if (tfjsNodePackage()) NAMES.push('tfjs-node');

const VALUE_TOLERANCE = 3e-6;
const GRADIENT_TOLERANCE = 3e-5;

function variablesOf(
  engine: Engine,
  shapes: number[][],
  seed: number,
  deviation: number,
): Variable[] {
  return shapes.map((shape, i) => {
    const values = Float32Array.from(normal(shape, seed + i, deviation).data);
    return engine.tf.variable(engine.tf.tensor(values, shape));
  });
}

describe.each(NAMES)('engine %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ engine: name });
  });
  afterAll(() => engine?.dispose());

  test('agrees with double precision on every operation and gradient, and leaves nothing behind', async () => {
    const wrong: unknown[] = [];
    for (const one of ALL_CASES) {
      const before = engine.tf.backend().numDataIds();
      const errors = await caseErrors(engine, one);
      const left = engine.tf.backend().numDataIds() - before;
      if (!(errors.value < VALUE_TOLERANCE && errors.gradient < GRADIENT_TOLERANCE && left === 0)) {
        wrong.push({ name: one.name, ...errors, left });
      }
    }
    expect(wrong).toEqual([]);
  });

  test('gives the same bits twice', async () => {
    // Compiling each shader takes long on a software GPU.
    for (const one of engine.software ? ALL_CASES.slice(0, 8) : ALL_CASES) {
      expect([one.name, await runCase(engine, one)]).toEqual([
        one.name,
        await runCase(engine, one),
      ]);
    }
  });

  test('takes ten steps of Adam as written out in double precision', async () => {
    const { tf } = engine;
    const before = tf.memory().numTensors;
    tf.engine().startScope();
    const shapes = [[3, 5], [7], [2, 2, 2]];
    const settings = {
      lr: 0.03,
      beta1: 0.9,
      beta2: 0.99,
      eps: 1e-8,
      weightDecay: 0.1,
      maxGradNorm: 3,
    };
    const variables = variablesOf(engine, shapes, 50, 1);
    const [m, v] = [0, 1].map(() => variablesOf(engine, shapes, 50, 0));
    const w64 = shapes.map((shape, i) => normal(shape, 50 + i).data);
    const [m64, v64] = [0, 1].map(() => w64.map((w) => new Float64Array(w.length)));
    for (let step = 1; step <= 10; step++) {
      // Norms on both sides of the clipping bound.
      const g = shapes.map((shape, i) => normal(shape, step * 10 + i, step / 6).data);
      const grads = g.map((values, i) => tf.tensor(Float32Array.from(values), shapes[i]));
      const norm = await engine.adamStep(variables, grads, m, v, { ...settings, step });
      expect(norm).toBeCloseTo(adamStep(w64, g, m64, v64, { ...settings, step }), 4);
    }
    const flat = new Float32Array(engine.sizeOf(variables));
    await engine.readFlatAsync(variables, flat);
    expect(
      relativeError(
        flat,
        w64.flatMap((w) => [...w]),
      ),
    ).toBeLessThan(3e-6);

    const broken = shapes.map((shape) => tf.fill(shape, Number.NaN));
    expect(await engine.adamStep(variables, broken, m, v, { ...settings, step: 11 })).toBeNaN();
    const after = new Float32Array(flat.length);
    await engine.readFlatAsync(variables, after);
    expect(after).toEqual(flat);
    tf.engine().endScope();
    tf.dispose([...variables, ...m, ...v]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('learns in constant memory', async () => {
    const random = parkMiller(7);
    const network = new ReferenceNetwork(engine, { tokens: 3, width: 8 }, random);
    const batch = network.batch(4, random, false);
    const first = await network.train(batch);
    const tensors = engine.tf.memory().numTensors;
    // Data that a kernel forgets to free is no tensor, but the backend still counts it.
    const kept = engine.tf.backend().numDataIds();
    // The engine that trains here is held to 500 updates, slower ones to fewer.
    const updates = name === 'wasm' ? 500 : name === 'wasm-plain' ? 50 : 3;
    let last = first;
    for (let i = 0; i < updates; i++) last = await network.train(batch);
    await network.infer(batch);
    expect(engine.tf.memory().numTensors).toBe(tensors);
    expect(engine.tf.backend().numDataIds()).toBe(kept);
    expect(last).toBeLessThan(first);
  });

  test('copies weights out and in', async () => {
    const { tf } = engine;
    const variables = variablesOf(engine, [[2, 3], [4]], 60, 1);
    const shared = new Float32Array(new SharedArrayBuffer(40));
    await engine.readFlatAsync(variables, shared);
    expect(shared).toEqual(
      Float32Array.from([...normal([2, 3], 60).data, ...normal([4], 61).data]),
    );
    const kept = tf.reshape(variables[0], [6]);
    const next = Float32Array.from({ length: 10 }, (_, i) => i);
    engine.writeFlat(variables, next);
    const back = new Float32Array(10);
    await engine.readFlatAsync(variables, back);
    expect(back).toEqual(next);
    // A tensor that shared the variable's data keeps the old values.
    expect(await kept.data()).toEqual(Float32Array.from(normal([2, 3], 60).data));
    expect(() => engine.writeFlat(variables, new Float32Array(9))).toThrow(
      'must hold 10 floats; got 9',
    );
    tf.dispose([kept, ...variables]);
  });

  test('multiplies by what was written last', async () => {
    const { tf } = engine;
    const weight = tf.tidy(() => tf.variable(tf.ones([3, 2]) as Tensor2D));
    const x = tf.ones([1, 3]) as Tensor2D;
    const products = async () => {
      const both = [engine.linear(x, weight), tf.matMul(x, weight)];
      const values = await Promise.all(both.map((y) => y.data()));
      tf.dispose(both);
      return values.map((list) => [...list]);
    };
    expect(await products()).toEqual([
      [3, 3],
      [3, 3],
    ]);
    engine.writeFlat([weight], new Float32Array(6).fill(2));
    expect(await products()).toEqual([
      [6, 6],
      [6, 6],
    ]);
    tf.dispose([weight, x]);
  });

  test('records nothing inside noGrad', async () => {
    const { tf } = engine;
    const gradient = tf.tidy(() =>
      tf.grad((x) => {
        const constant = engine.noGrad(() => engine.silu(tf.mul(x, 3)));
        return tf.sum(tf.mul(x, constant));
      })(tf.tensor1d([2])),
    );
    // d(x c)/dx = c = silu(6)
    expect((await gradient.data())[0]).toBeCloseTo(6 / (1 + Math.exp(-6)), 5);
    gradient.dispose();
  });
});

test('a step fails with the message of a WebGPU error', async () => {
  const engine = await createEngine({ engine: 'webgpu' });
  const { tf } = engine;
  const matrix = tf.cast(tf.randomNormal([5, 300, 4]), 'int32');
  // tfjs's transpose of three axes of int32 is not valid WGSL.
  const wrong = tf.transpose(matrix, [2, 0, 1]);
  const weights = variablesOf(engine, [[2]], 1, 1);
  const grads = [tf.tensor1d([1, 1])];
  const step = engine.adamStep(
    weights,
    grads,
    variablesOf(engine, [[2]], 1, 0),
    variablesOf(engine, [[2]], 1, 0),
    {
      lr: 1,
      step: 1,
    },
  );
  await expect(step).rejects.toThrow('WebGPU:');
  expect(await weights[0].data()).toEqual(Float32Array.from(normal([2], 1).data));
  tf.dispose([matrix, wrong]);
  engine.dispose();
});

test('the fused kernels agree with plain operations where rows come in many blocks', async () => {
  const fused = await createEngine({ engine: 'wasm' });
  const plain = await createEngine({ engine: 'wasm-plain' });
  const { tf } = fused;
  const x = tf.tensor(Float32Array.from(normal([37, 9, 24], 1).data), [37, 9, 24]);
  const weights = [
    [24, 72],
    [24, 24],
    [24, 100],
    [50, 24],
  ].map((shape, i) =>
    tf.tensor2d(Float32Array.from(normal(shape, 2 + i, 0.3).data), shape as [number, number]),
  );
  const results: Float32Array[][] = [];
  for (const engine of [fused, plain]) {
    await engine.activate();
    const loss = (...args: never[]) => {
      const [input, wqkv, wo, up, down] = args;
      const y = engine.swigluBlock(engine.attentionBlock(input, wqkv, wo, 3), up, down);
      return tf.sum(tf.mul(y, tf.sin(tf.add(x, 1)))) as never;
    };
    const gradients = tf.tidy(() => tf.grads(loss as never)([x, ...weights]));
    results.push(gradients.map((gradient) => gradient.dataSync() as Float32Array));
    tf.dispose(gradients);
  }
  const errors = results[0].map((gradient, i) => relativeError(gradient, results[1][i]));
  expect(Math.max(...errors)).toBeLessThan(1e-5);
  tf.dispose([x, ...weights]);
});

test('native products give the same bits as the wasm kernels', async () => {
  const weights: Float32Array[] = [];
  for (const native of [true, false]) {
    const engine = await createEngine({ engine: 'wasm', native });
    const random = parkMiller(5);
    const network = new ReferenceNetwork(engine, { tokens: 5, width: 32 }, random);
    const batch = network.batch(33, random, false);
    for (let step = 0; step < 3; step++) await network.train(batch);
    weights.push(new Float32Array(engine.sizeOf(network.variables)));
    engine.readFlat(network.variables, weights[weights.length - 1]);
    network.dispose();
  }
  expect(weights[0]).toEqual(weights[1]);
});

test('bad input is refused by name', async () => {
  const engine = await createEngine({ engine: 'wasm' });
  const { tf } = engine;
  const x = tf.zeros([4, 6]) as never;
  expect(() => engine.linear(x, tf.zeros([5, 3]))).toThrow(
    'linear: x must be float32 [.., K]; got float32 [4, 6] where K is 5.',
  );
  expect(() => engine.embedSum(x, tf.tensor2d([0, 4], [1, 2], 'int32'))).toThrow(
    'embedSum: indices must lie in -1..3; got 4.',
  );
  expect(() => engine.categorical(x, tf.tensor1d([0, 1, 6, 2], 'int32'))).toThrow(
    'categorical: actions must lie in 0..5; got 6.',
  );
  const [w3, w] = [tf.zeros([6, 18]), tf.zeros([6, 6])] as never[];
  expect(() => engine.attentionBlock(tf.zeros([1, 4, 6]), w3, w, 4)).toThrow(
    'divides the width 6; got 4',
  );
  await expect(createEngine({ engine: 'cuda' as never })).rejects.toThrow('engine must be one of');
});
