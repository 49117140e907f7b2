import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { createEngine } from '../../engine/index.ts';
import {
  hrmRecursion,
  type ModuleStep,
  type States,
  trmRecursion,
  withoutGradient,
} from './recursion.ts';

beforeAll(async () => {
  await createEngine({ engine: 'wasm-plain' });
});

const cycles = { hCycles: 3, lCycles: 2 };

/** A tiny module whose every application uses a weight of its own, in the order of application. */
function counted(weights: tf.Scalar[], log: number[]): ModuleStep {
  return (state, injection) => {
    const weight = weights[log.length];
    log.push(log.length);
    return tf.tanh(tf.add(tf.mul(state, weight), injection));
  };
}

const scalars = (count: number, from: number) =>
  Array.from({ length: count }, (_, i) => tf.scalar(from + i / 10));

function carryOf(value: number): States {
  return { zH: tf.fill([1, 2, 3], value), zL: tf.fill([1, 2, 3], -value) };
}

const total = ({ zH, zL }: States) => tf.sum(tf.add(zH, tf.mul(0.5, zL)));
const noGradient = /Cannot compute gradient/;

test('HRM: only the last update of each module carries gradient', () => {
  const doers = scalars(6, 0.3);
  const planners = scalars(3, 0.5);
  const input = tf.fill([1, 2, 3], 0.7) as tf.Tensor3D;
  const carry = carryOf(0.2);
  const run = () => {
    const log: [number[], number[]] = [[], []];
    const states = hrmRecursion(
      carry,
      input,
      counted(planners, log[0]),
      counted(doers, log[1]),
      cycles,
    );
    expect(log[0]).toHaveLength(3);
    expect(log[1]).toHaveLength(6);
    return total(states) as tf.Scalar;
  };
  for (const early of [...doers.slice(0, 5), ...planners.slice(0, 2), carry.zH, carry.zL])
    expect(() => tf.grads(run)([early])).toThrow(noGradient);
  // What is inside: the derivative with everything before held still.
  for (const late of [doers[5], planners[2], input]) {
    const [gradient] = tf.grads(run)([late]);
    expect(tf.sum(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(1e-3);
  }
});

test('HRM: the gradient is that of the last step alone', () => {
  const carry = carryOf(0.4);
  const input = tf.fill([1, 2, 3], 0.7) as tf.Tensor3D;
  const w = tf.scalar(0.6);
  const v = tf.scalar(-0.4);
  const doer: ModuleStep = (z, y) => tf.tanh(tf.add(tf.mul(z, w), y));
  const planner: ModuleStep = (z, y) => tf.tanh(tf.add(tf.mul(z, v), y));
  const whole = tf.grads(
    () => total(hrmRecursion(carry, input, planner, doer, cycles)) as tf.Scalar,
  )([w, v]);
  // The same updates in a row, outside any gradient, up to the last of each.
  let { zH, zL } = carry;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < (i < 2 ? 2 : 1); j++) zL = doer(zL, tf.add(zH, input));
    if (i < 2) zH = planner(zH, zL);
  }
  const last = tf.grads(() => {
    const l = doer(zL, tf.add(zH, input));
    return total({ zH: planner(zH, l), zL: l }) as tf.Scalar;
  })([w, v]);
  for (const i of [0, 1]) expect(whole[i].dataSync()[0]).toBeCloseTo(last[i].dataSync()[0], 6);
});

test('TRM: the whole last cycle carries gradient, nothing before it', () => {
  const weights = scalars(9, 0.2);
  const input = tf.fill([1, 2, 3], 0.7) as tf.Tensor3D;
  const carry = carryOf(0.2);
  const run = () => {
    const log: number[] = [];
    const states = trmRecursion(carry, input, counted(weights, log), cycles);
    expect(log).toHaveLength(9);
    return total(states) as tf.Scalar;
  };
  for (const early of [...weights.slice(0, 6), carry.zH, carry.zL])
    expect(() => tf.grads(run)([early])).toThrow(noGradient);
  for (const gradient of tf.grads(run)([...weights.slice(6), input]))
    expect(tf.sum(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(1e-3);
});

test('with one cycle of each, even the carry that comes in is outside the gradient', () => {
  const carry = carryOf(0.3);
  const input = tf.fill([1, 2, 3], 0.7) as tf.Tensor3D;
  const step: ModuleStep = (z, y) => tf.add(z, y);
  const one = { hCycles: 1, lCycles: 1 };
  for (const f of [
    () => total(hrmRecursion(carry, input, step, step, one)) as tf.Scalar,
    () => total(trmRecursion(carry, input, step, one)) as tf.Scalar,
  ])
    expect(() => tf.grads(f)([carry.zH])).toThrow(noGradient);
});

test('withoutGradient passes the value on and hides how it was made', () => {
  const x = tf.scalar(3);
  const f = () =>
    tf.mul(
      x,
      withoutGradient(() => tf.square(x)),
    ) as tf.Scalar;
  expect(f().dataSync()[0]).toBe(27);
  // d/dx (x · c) = c = 9; with the square inside it would be 27.
  expect(tf.grads(f)([x])[0].dataSync()[0]).toBe(9);
});
