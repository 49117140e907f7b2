import { adamTerms } from '../adamTerms.ts';
import { ownData } from '../flat.ts';
import type { Ops, Tensor, TF } from '../types.ts';
import { type GpuBackend, runShader, WORKGROUP } from './program.ts';
import { adam, moment, sumSquares } from './shaders.ts';

/** Workgroups that share one tensor's sum of squares. */
const PARTS = 64;

/** Adam in place: four shaders for each parameter, and one number read back for the norm. */
export function gpuAdam(tf: TF, backend: GpuBackend): Ops['adamStep'] {
  async function gradientNorm(grads: readonly Tensor[]): Promise<number> {
    const sums = tf
      .engine()
      .makeTensorFromTensorInfo(backend.makeTensorInfo([grads.length * PARTS], 'float32'));
    grads.forEach((x, i) => {
      runShader(backend, {
        key: 'sumSquares',
        code: sumSquares,
        inputs: { x },
        ints: { count: x.size, stride: PARTS * WORKGROUP, first: i * PARTS },
        threads: PARTS * WORKGROUP,
        into: sums,
      });
    });
    const values = await sums.data();
    sums.dispose();
    let sum = 0;
    for (const value of values) sum += value;
    return Math.sqrt(sum);
  }

  return async (params, grads, m, v, settings) => {
    const norm = await gradientNorm(grads);
    if (!Number.isFinite(norm)) return norm;
    const { scale, lr, beta1, beta2, eps, weightDecay, c1, c2 } = adamTerms(settings, norm);
    for (const variable of [...params, ...m, ...v]) ownData(tf, variable);
    params.forEach((w, i) => {
      const count = w.size;
      const common = { ints: { count }, threads: count };
      const moments = { inputs: { grad: grads[i] }, ...common };
      runShader(backend, {
        key: 'moment',
        code: moment(false),
        ...moments,
        floats: { scale, beta: beta1 },
        into: m[i],
      });
      runShader(backend, {
        key: 'moment of squares',
        code: moment(true),
        ...moments,
        floats: { scale, beta: beta2 },
        into: v[i],
      });
      runShader(backend, {
        key: 'adam',
        code: adam,
        inputs: { m: m[i], v: v[i] },
        ...common,
        floats: {
          rate: lr * c1,
          correction: c2,
          epsilon: eps,
          decay: 1 - lr * weightDecay,
        },
        into: w,
      });
    });
    return norm;
  };
}
