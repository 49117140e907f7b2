import type { TensorInfo } from '@tensorflow/tfjs-core';
import { last, sizeOf } from '../kernelRegistry.ts';
import { RMS_EPSILON } from '../types.ts';
import { type GpuBackend, type Run, runShader, WORKGROUP } from './program.ts';
import * as wgsl from './shaders.ts';

/** The steps of fused kernels other than products and attention, one shader each. */
export function piecesOf(backend: GpuBackend) {
  /** One thread for each number of the result, or for `count` of them. */
  function each(
    key: string,
    code: string,
    inputs: Run['inputs'],
    shape: number[],
    ints: Record<string, number> = {},
    floats: Record<string, number> = {},
  ): TensorInfo {
    const count = ints.count ?? sizeOf({ shape });
    const options = { key, code, inputs, ints: { ...ints, count }, floats, threads: count, shape };
    return runShader(backend, options);
  }

  /** A workgroup for each row of x, and of y where there is one. */
  function rowwise(
    key: string,
    code: string,
    inputs: Run['inputs'],
    x: TensorInfo,
    shape: number[],
  ): TensorInfo {
    const width = last(x);
    const rows = sizeOf(x) / width;
    return runShader(backend, {
      key,
      code,
      inputs,
      ints: { rows, width },
      floats: { epsilon: RMS_EPSILON },
      threads: rows * WORKGROUP,
      shape,
    });
  }

  return {
    each,

    /** RMSNorm(x + y), or of x alone, over the last axis. */
    addNorm: (x: TensorInfo, y?: TensorInfo) =>
      rowwise(`addNorm ${!!y}`, wgsl.addNorm(!!y), { x, y }, x, x.shape),

    /** The factor of each row in addNorm. */
    normFactor: (x: TensorInfo, y?: TensorInfo) =>
      rowwise(`normFactor ${!!y}`, wgsl.normFactor(!!y), { x, y }, x, [sizeOf(x) / last(x)]),

    /** Gradient of addNorm at either summand, from its result y. */
    normGrad: (dy: TensorInfo, y: TensorInfo, rstd: TensorInfo) =>
      rowwise('normGrad', wgsl.normGrad, { dy, y, rstd }, y, y.shape),

    /** Sum over the first of two axes. */
    columnSum: (x: TensorInfo) =>
      runShader(backend, {
        key: 'columnSum',
        code: wgsl.columnSum,
        inputs: { x },
        ints: { rows: x.shape[0], width: x.shape[1] },
        threads: x.shape[1] * WORKGROUP,
        shape: [x.shape[1]],
      }),

    add: (a: TensorInfo, b: TensorInfo) => each('add', wgsl.add, { a, b }, a.shape),

    /** silu(gate) · up of [N, 2F] = [gate | up] → [N, F]. */
    gated(gateUp: TensorInfo) {
      const width = last(gateUp) / 2;
      return each('gate', wgsl.gate, { gateUp }, [gateUp.shape[0], width], { width });
    },

    gatedGrad: (dh: TensorInfo, gateUp: TensorInfo) =>
      each('gateGrad', wgsl.gateGrad, { gateUp, dh }, gateUp.shape, {
        count: sizeOf(dh),
        width: last(dh),
      }),

    /** Rotary positions on q and k of x[B, S, 3D] = [q | k | v]; `turn` 1, or -1 for the gradient. */
    rotated(x: TensorInfo, cosine: TensorInfo, sine: TensorInfo, turn: number) {
      const [, length, width] = x.shape;
      const ints = { width: width / 3, head: cosine.shape[1], length };
      return each('rotate', wgsl.rotate, { x, cosine, sine }, x.shape, ints, { turn });
    },
  };
}
