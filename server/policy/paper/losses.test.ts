import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { createEngine } from '../../engine/index.ts';
import { binaryCrossEntropy, correctSequences, IGNORE_LABEL, tokenLosses } from './losses.ts';

beforeAll(async () => {
  await createEngine({ engine: 'wasm-plain' });
});

const logits = [
  [0, -3.5, 2.25, 80],
  [-1e-4, 1e-4, 0, -40],
  [5, 4.5, -0.5, 3],
];

const s = (x: number) => (x < 0 ? 1 / (1 - x) : x + 1);

/** Written out: the value and its derivative by each logit. */
const plain = {
  stablemax: (row: number[], label: number) => {
    const total = row.reduce((sum, x) => sum + s(x), 0);
    const slope = (x: number) => (x < 0 ? 1 / (1 - x) ** 2 : 1);
    return {
      value: -Math.log(s(row[label]) / total),
      gradient: row.map((x, i) => slope(x) * (1 / total - (i === label ? 1 / s(x) : 0))),
    };
  },
  softmax: (row: number[], label: number) => {
    const top = Math.max(...row);
    const total = row.reduce((sum, x) => sum + Math.exp(x - top), 0);
    return {
      value: Math.log(total) + top - row[label],
      gradient: row.map((x, i) => Math.exp(x - top) / total - (i === label ? 1 : 0)),
    };
  },
};

test.each(['stablemax', 'softmax'] as const)('%s cross entropy, value and gradient', (type) => {
  for (let label = 0; label < 4; label++) {
    const x = tf.tensor3d([logits]);
    const labels = tf.tensor2d([[label, IGNORE_LABEL, 3 - label]], [1, 3], 'int32');
    const losses = tokenLosses(type, x, labels).dataSync();
    const gradient = tf.grad((l) => tf.sum(tokenLosses(type, l as tf.Tensor3D, labels)))(x);
    const values = gradient.dataSync();
    for (const [row, wanted] of [label, IGNORE_LABEL, 3 - label].entries()) {
      const expected =
        wanted === IGNORE_LABEL
          ? { value: 0, gradient: [0, 0, 0, 0] }
          : plain[type](logits[row], wanted);
      expect(Math.abs(losses[row] - expected.value)).toBeLessThan(1e-5 * (1 + expected.value));
      for (let i = 0; i < 4; i++) expect(values[row * 4 + i]).toBeCloseTo(expected.gradient[i], 5);
    }
  }
});

test('binary cross entropy from logits, value and gradient', () => {
  const x = [-50, -2, 0, 0.5, 50];
  const t = [0, 1, 0.25, 0.75, 1];
  const losses = binaryCrossEntropy(tf.tensor1d(x), tf.tensor1d(t)).dataSync();
  const slopes = tf
    .grad((l) => tf.sum(binaryCrossEntropy(l, tf.tensor1d(t))))(tf.tensor1d(x))
    .dataSync();
  for (let i = 0; i < x.length; i++) {
    const p = 1 / (1 + Math.exp(-x[i]));
    const value = Math.log1p(Math.exp(-Math.abs(x[i]))) + Math.max(x[i], 0) - x[i] * t[i];
    expect(losses[i]).toBeCloseTo(value, 5);
    expect(slopes[i]).toBeCloseTo(p - t[i], 5);
  }
});

test('a sequence is correct when every labelled token is; one without labels is', () => {
  const x = tf.tensor3d([logits, logits, logits]);
  const labels = tf.tensor2d(
    [
      [3, 1, 0],
      [3, 1, 1],
      [IGNORE_LABEL, IGNORE_LABEL, IGNORE_LABEL],
    ],
    [3, 3],
    'int32',
  );
  expect([...correctSequences(x, labels).dataSync()]).toEqual([1, 0, 1]);
});
