import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { normal } from '../contract/cases.ts';
import { relativeError } from '../contract/contract.ts';
import { createEngine, type Engine, type Tensor, type Tensor2D } from '../index.ts';
import { invert, readersOf } from './lists.ts';

/** What only the kernels on WebGPU do; what every engine does is in the contract suite. */

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'webgpu' });
});
afterAll(() => engine?.dispose());

const floats = (shape: [number, number], seed: number): Tensor2D =>
  engine.tf.tensor2d(Float32Array.from(normal(shape, seed, 0.5).data), shape);

/** aᵀ b, or a b, in double precision. */
function product(
  a: Float32Array,
  b: Float32Array,
  [n, k, m]: [number, number, number],
  turned: boolean,
): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let x = 0; x < k; x++) {
      const factor = turned ? a[x * n + i] : a[i * k + x];
      for (let j = 0; j < m; j++) out[i * m + j] += factor * b[x * m + j];
    }
  }
  return out;
}

test.each([
  ['a long inner axis', 40, 2100, 24],
  ['many rows, divided among workgroups', 2048, 20, 12],
  ['many rows that do not divide', 2051, 20, 12],
])('products with %s are right, and the same twice', async (_, n, k, m) => {
  const { tf } = engine;
  const [x, w, c] = [floats([n, k], 1), floats([k, m], 2), floats([n, m], 3)];
  const once = async () => {
    const out = tf.tidy(() => {
      const gradients = tf.grads((a: Tensor, b: Tensor) =>
        tf.sum(tf.mul(engine.linear(a, b as Tensor2D), c)),
      )([x, w]);
      return [engine.linear(x, w), ...gradients];
    });
    const values = (await Promise.all(out.map((tensor) => tensor.data()))) as Float32Array[];
    tf.dispose(out);
    return values;
  };
  const [y, , dw] = await once();
  const [xs, ws, cs] = (await Promise.all([x, w, c].map((t) => t.data()))) as Float32Array[];
  expect(relativeError(y, product(xs, ws, [n, k, m], false))).toBeLessThan(1e-5);
  expect(relativeError(dw, product(xs, cs, [k, n, m], true))).toBeLessThan(1e-5);
  expect((await once()).map((values) => [...values])[2]).toEqual([...dw]);
  await engine.checkErrors();
  tf.dispose([x, w, c]);
});

test('table rows get the same gradient whether host or GPU knows the indices', async () => {
  const { tf } = engine;
  const indices = Int32Array.from([0, 3, -1, 2, 2, -1, 4, 4]);
  const known = tf.tensor2d(indices, [4, 2], 'int32');
  const computed = tf.cast(tf.mul(tf.tensor2d(Float32Array.from(indices), [4, 2]), 1), 'int32');
  const table = floats([5, 6], 4);
  const c = floats([4, 6], 5);
  const gradients = [known, computed].map((index) =>
    tf.tidy(() =>
      tf.grad((t: Tensor) => tf.sum(tf.mul(engine.embedSum(t as Tensor2D, index as Tensor2D), c)))(
        table,
      ),
    ),
  );
  const [first, second] = await Promise.all(gradients.map((gradient) => gradient.data()));
  expect(second).toEqual(first);
  expect(first.some((value) => value !== 0)).toBe(true);
  expect(() => engine.embedSum(table, tf.tensor2d([0, 5], [1, 2], 'int32'))).toThrow(
    'embedSum: indices must lie in -1..4; got 5.',
  );
  tf.dispose([known, computed, table, c, ...gradients]);
});

test('what was read before a step of Adam is read anew after it', async () => {
  const { tf } = engine;
  const [w, m, v] = [1, 0, 0].map((value) => tf.variable(tf.fill([3], value)));
  const shared = tf.reshape(w, [1, 3]);
  expect([...(await w.data())]).toEqual([1, 1, 1]);
  const grad = tf.tensor1d([1, -2, 0]);
  await engine.adamStep([w], [grad], [m], [v], { lr: 0.5, step: 1 });
  const after = await w.data();
  [0.5, 1.5, 1].forEach((value, i) => {
    expect(after[i]).toBeCloseTo(value, 5);
  });
  // Who shared the weights' data keeps the old ones.
  expect([...(await shared.data())]).toEqual([1, 1, 1]);
  tf.dispose([w, m, v, shared, grad]);
});

test('lists of who reads a row', () => {
  expect(invert(Int32Array.from([2, -1, 0, 2]), 3)).toEqual([
    Int32Array.from([0, 1, 1, 3]),
    Int32Array.from([2, 0, 3]),
  ]);
  // Group 0 reads rows 0, 1 and 3, group 1 none, group 2 rows 1 and 2.
  const ranges = Int32Array.from([0, 2, 3, 1, 5, 0, 0, 0, 1, 2, 0, 0]);
  expect(readersOf(ranges, 5)).toEqual([
    Int32Array.from([0, 1, 3, 4, 5, 5]),
    Int32Array.from([0, 0, 2, 2, 0]),
  ]);
  expect(readersOf(Int32Array.from([0, 0, 0, 0]), 2)).toEqual([
    Int32Array.from([0, 0, 0]),
    Int32Array.from([0]),
  ]);
});
