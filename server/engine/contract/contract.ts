import type { Engine } from '../engine.ts';
import type { Tensor, Variable } from '../types.ts';
import { type Case, normal } from './cases.ts';
import { type Array64, adamStep, numericGradients } from './reference.ts';

/** Greatest difference, relative to the greatest reference value (or to 1 where that is smaller). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let scale = 1;
  let error = actual.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const difference = Math.abs(actual[i] - expected[i]);
    error = Number.isNaN(difference) ? Infinity : Math.max(error, difference);
  }
  return error / scale;
}

const tensorOf = (engine: Engine, { data, shape }: Array64): Tensor =>
  engine.tf.tensor(Float32Array.from(data), shape, 'float32');

/** The result and the gradient of sum(c · result) at each input, for fixed random c. */
export async function runCase(
  engine: Engine,
  one: Case,
): Promise<{ value: Float32Array; gradients: Float32Array[] }> {
  const { tf } = engine;
  const out = tf.tidy(() => {
    const inputs = one.inputs.map((input) => tensorOf(engine, input));
    // Cast: `inputs` have the ranks that the case declares by `never`.
    const run = (tensors: Tensor[]) => one.engine(engine, tensors as never[]);
    const value = run(inputs);
    const c = tensorOf(engine, normal(value.shape, 99));
    const gradients = tf.grads((...args) => tf.sum(tf.mul(run(args), c)))(inputs);
    return [value, ...gradients];
  });
  const [value, ...gradients] = (await Promise.all(
    out.map((tensor) => tensor.data()),
  )) as Float32Array[];
  tf.dispose(out);
  await engine.checkErrors();
  return { value, gradients };
}

/** Errors of one case against double precision. */
export async function caseErrors(
  engine: Engine,
  one: Case,
): Promise<{ value: number; gradient: number }> {
  const { value, gradients } = await runCase(engine, one);
  const expected = one.reference(one.inputs);
  const c = normal(expected.shape, 99).data;
  const loss = (inputs: Array64[]) =>
    one.reference(inputs).data.reduce((sum, y, i) => sum + y * c[i], 0);
  const numeric = numericGradients(loss, one.inputs);
  return {
    value: relativeError(value, expected.data),
    gradient: Math.max(...gradients.map((gradient, i) => relativeError(gradient, numeric[i]))),
  };
}

/** Error of the weights after some clipped steps of Adam, against double precision. */
export async function adamError(engine: Engine): Promise<number> {
  const { tf } = engine;
  const shapes = [[3, 5], [7]];
  const settings = {
    lr: 0.03,
    beta1: 0.9,
    beta2: 0.99,
    eps: 1e-8,
    weightDecay: 0.1,
    maxGradNorm: 1,
  };
  const start = shapes.map((shape, i) => normal(shape, 50 + i));
  const zeros = start.map(({ shape, data }) => ({ shape, data: new Float64Array(data.length) }));
  const variables = (arrays: Array64[]): Variable[] =>
    tf.tidy(() => arrays.map((array) => tf.variable(tensorOf(engine, array))));
  const [weights, m, v] = [start, zeros, zeros].map(variables);
  const [w64, m64, v64] = [start, zeros, zeros].map((list) => list.map(({ data }) => data.slice()));
  for (let step = 1; step <= 3; step++) {
    const slopes = shapes.map((shape, i) => normal(shape, 10 * step + i));
    const grads = slopes.map((slope) => tensorOf(engine, slope));
    await engine.adamStep(weights, grads, m, v, { ...settings, step });
    tf.dispose(grads);
    const g64 = slopes.map(({ data }) => data);
    adamStep(w64, g64, m64, v64, { ...settings, step });
  }
  const got = await Promise.all(weights.map((weight) => weight.data()));
  tf.dispose([...weights, ...m, ...v]);
  return Math.max(...got.map((values, i) => relativeError(values as Float32Array, w64[i])));
}
