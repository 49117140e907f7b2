import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TF } from '../types.ts';
import { type GpuBackend, runShader, shaped } from './program.ts';
import { partSum } from './shaders.ts';

export interface Products {
  /** a b, with either turned; 2-D float32, and a bias for each column. */
  product(
    a: TensorInfo,
    b: TensorInfo,
    options?: { turnA?: boolean; turnB?: boolean; bias?: TensorInfo },
  ): TensorInfo;
  /** aᵀ b for many rows and few columns: a weight's gradient. */
  weightGrad(a: TensorInfo, b: TensorInfo): TensorInfo;
}

const TILE = 32;
/** From this inner size on tfjs divides the inner axis of small results, and adds the parts atomically in any order. */
const TFJS_SPLITS = 2000;
const SMALL_OUTPUT_PROGRAM = 2;
const FLAG = 'WEBGPU_MATMUL_PROGRAM_TYPE';
/** Enough workgroups to occupy a large GPU. */
const MANY = 512;

/** Matrix products on tfjs's kernels, but always in the same order of addition. */
export function productsOf(tf: TF, backend: GpuBackend): Products {
  const kernel = (name: string) =>
    (tf.getKernel(name, 'webgpu') as KernelConfig).kernelFunc as (parameters: object) => TensorInfo;
  const plain = kernel('BatchMatMul');
  const withBias = kernel('_FusedMatMul');

  const product: Products['product'] = (a, b, { turnA = false, turnB = false, bias } = {}) => {
    const inner = a.shape[turnA ? 0 : 1];
    const rows = a.shape[turnA ? 1 : 0];
    const columns = b.shape[turnB ? 0 : 1];
    const run = () =>
      bias
        ? withBias({
            inputs: { a, b, bias },
            backend,
            attrs: { transposeA: turnA, transposeB: turnB, activation: 'linear' },
          })
        : plain({ inputs: { a, b }, backend, attrs: { transposeA: turnA, transposeB: turnB } });
    // Up to 128 numbers tfjs reduces without splitting, at any inner size.
    const small = rows * columns > 128 && Math.ceil(rows / TILE) * Math.ceil(columns / TILE) <= 64;
    if (!(small && inner >= TFJS_SPLITS)) return run();
    const before = tf.env().get(FLAG) as number;
    tf.env().set(FLAG, SMALL_OUTPUT_PROGRAM);
    try {
      return run();
    } finally {
      tf.env().set(FLAG, before);
    }
  };

  return {
    product,
    weightGrad(a, b) {
      const [rows, m] = a.shape;
      const n = b.shape[1];
      const groups = Math.ceil(m / TILE) * Math.ceil(n / TILE);
      const parts = [32, 16, 8, 4, 2].find(
        (count) => rows % count === 0 && rows / count >= 64 && groups * count <= MANY,
      );
      if (!parts) return product(a, b, { turnA: true });
      const split = (x: TensorInfo) => shaped(x, [parts, rows / parts, x.shape[1]]);
      const each = plain({
        inputs: { a: split(a), b: split(b) },
        backend,
        attrs: { transposeA: true, transposeB: false },
      });
      const count = m * n;
      const out = runShader(backend, {
        key: 'partSum',
        code: partSum,
        inputs: { x: each },
        ints: { count, parts },
        threads: count,
        shape: [m, n],
      });
      backend.disposeData(each.dataId);
      return out;
    },
  };
}
