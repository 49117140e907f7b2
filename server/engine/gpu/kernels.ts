import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Attrs, type KernelFunc, last, registerKernels, sizeOf } from '../kernelRegistry.ts';
import type { TF } from '../types.ts';
import { type AttentionLayout, attentionOf } from './attention.ts';
import { checkIndices, invert, readersOf, rememberHostValues } from './lists.ts';
import { piecesOf } from './pieces.ts';
import { productsOf } from './products.ts';
import { type GpuBackend, shaped } from './program.ts';
import * as wgsl from './shaders.ts';

/** What gradients get of their forward kernels, beside inputs and result. */
export const GPU_KEPT = {
  swiglu: ['gateUp', 'hidden', 'rstd'],
  attention: ['qkv', 'context', 'rstd'],
};

/** [N, D] of [.., D]. */
const rowsOf = (tensor: TensorInfo): TensorInfo =>
  shaped(tensor, [sizeOf(tensor) / last(tensor), last(tensor)]);

/**
 * Registers the fused kernels for tfjs's WebGPU backend, under the names and with the arguments that those for wasm have
 * (wasmKernels.ts). Products are tfjs's own; what lies between them is one shader each.
 */
export function registerGpuKernels(tf: TF, backend: GpuBackend): void {
  const { product, weightGrad } = productsOf(tf, backend);
  const { forward: attend, gradients: attendGrad } = attentionOf(backend);
  const hostValues = rememberHostValues(backend);
  const { each, addNorm, normFactor, normGrad, columnSum, add, gated, gatedGrad, rotated } =
    piecesOf(backend);
  const make = (shape: number[]) => backend.makeTensorInfo(shape, 'float32');
  const free = (...tensors: TensorInfo[]) => {
    for (const { dataId } of tensors) backend.disposeData(dataId);
  };
  const upload = (values: Int32Array) => backend.makeTensorInfo([values.length], 'int32', values);

  /** Queries, keys and values side by side in rows [q | k | v] of each sample. */
  const selfLayout = ([batch, length, width]: number[], heads: number): AttentionLayout => ({
    heads,
    width,
    rows: batch * length,
    pool: batch * length,
    group: length,
    queryStride: 3 * width,
    poolStride: 3 * width,
    keyOffset: width,
    span: length,
  });
  const raggedLayout = (
    q: TensorInfo,
    kv: TensorInfo,
    { heads, group }: Attrs,
  ): AttentionLayout => ({
    heads: heads as number,
    width: q.shape[1],
    rows: q.shape[0],
    pool: kv.shape[0],
    group: group as number,
    queryStride: q.shape[1],
    poolStride: kv.shape[1],
    keyOffset: 0,
  });

  const all: Record<string, KernelFunc> = {
    FusedLinear({ x, w, b }) {
      const y = product(rowsOf(x), w, { bias: b });
      return shaped(y, [...x.shape.slice(0, -1), w.shape[1]]);
    },

    FusedLinearGrad({ dy, x, w }, { bias }) {
      const slope = rowsOf(dy);
      const dx = shaped(product(slope, w, { turnB: true }), x.shape);
      const dw = weightGrad(rowsOf(x), slope);
      return bias ? [dx, dw, columnSum(slope)] : [dx, dw];
    },

    FusedAddRmsNorm({ x, y }, { training }) {
      const out = addNorm(x, y);
      return training ? [out, normFactor(x, y)] : out;
    },

    FusedRmsNormGrad: ({ dy, y, rstd }) => normGrad(dy, y, rstd),

    FusedSwiglu({ x, wGateUp, wDown }, { block, training }) {
      const gateUp = product(rowsOf(x), wGateUp);
      const hidden = gated(gateUp);
      const down = shaped(product(hidden, wDown), x.shape);
      const y = block ? addNorm(x, down) : down;
      if (training) {
        // Without a norm there is nothing to keep, but the list has the same length.
        const rstd = block ? normFactor(x, down) : make([1]);
        if (block) free(down);
        return [y, gateUp, hidden, rstd];
      }
      free(gateUp, hidden, ...(block ? [down] : []));
      return y;
    },

    FusedSwigluGrad({ dy, x, wGateUp, wDown, y, gateUp, hidden, rstd }, { block }) {
      const slope = block ? normGrad(dy, y, rstd) : dy;
      const dDown = weightGrad(hidden, rowsOf(slope));
      const dHidden = product(rowsOf(slope), wDown, { turnB: true });
      const dGateUp = gatedGrad(dHidden, gateUp);
      const dWeight = weightGrad(rowsOf(x), dGateUp);
      const through = shaped(product(dGateUp, wGateUp, { turnB: true }), x.shape);
      free(dHidden, dGateUp);
      if (!block) return [through, dWeight, dDown];
      const dx = add(through, slope);
      free(through, slope);
      return [dx, dWeight, dDown];
    },

    FusedAttentionBlock({ x, wqkv, wo, cos, sin }, { heads, training }) {
      const [batch, length, width] = x.shape;
      const projected = shaped(product(rowsOf(x), wqkv), [batch, length, 3 * width]);
      const qkv = cos ? rotated(projected, cos, sin, 1) : projected;
      if (cos) free(projected);
      const context = attend(selfLayout(x.shape, heads as number), { q: qkv, kv: qkv });
      const read = shaped(product(context, wo), x.shape);
      const y = addNorm(x, read);
      const kept = training ? [qkv, context, normFactor(x, read)] : [];
      free(read, ...(training ? [] : [qkv, context]));
      return [y, ...kept];
    },

    FusedAttentionBlockGrad({ dy, x, wqkv, wo, cos, sin, y, qkv, context, rstd }, { heads }) {
      const slope = normGrad(dy, y, rstd);
      const dOut = weightGrad(context, rowsOf(slope));
      const dContext = product(rowsOf(slope), wo, { turnB: true });
      const turned = make(qkv.shape);
      attendGrad(
        selfLayout(x.shape, heads as number),
        { dy: dContext, q: qkv, kv: qkv },
        { dq: turned, dkv: turned },
      );
      const dQkv = cos ? rotated(turned, cos, sin, -1) : turned;
      if (cos) free(turned);
      const dWeight = weightGrad(rowsOf(x), rowsOf(dQkv));
      const through = shaped(product(rowsOf(dQkv), wqkv, { turnB: true }), x.shape);
      const dx = add(through, slope);
      free(slope, dContext, dQkv, through);
      return [dx, dWeight, dOut];
    },

    FusedEmbedSum({ table, indices }) {
      const [rows, width] = table.shape;
      const [n, features] = indices.shape;
      checkIndices(hostValues(indices), rows);
      return each('embedSum', wgsl.embedSum, { table, indices }, [n, width], { width, features });
    },

    FusedEmbedSumGrad({ dy, indices }, { rows }) {
      const features = indices.shape[1];
      const width = last(dy);
      const shape = [rows as number, width];
      const values = hostValues(indices);
      if (!values) {
        const places = sizeOf(indices);
        return each('embedGradSearch', wgsl.embedGradSearch, { indices, dy }, shape, {
          width,
          features,
          places,
        });
      }
      const [starts, places] = invert(values, rows as number).map(upload);
      const out = each('embedGrad', wgsl.embedGrad, { starts, places, dy }, shape, {
        width,
        features,
      });
      free(starts, places);
      return out;
    },

    FusedRaggedAttention({ q, kv, ranges }, attrs) {
      hostValues(ranges);
      return attend(raggedLayout(q, kv, attrs), { q, kv, ranges });
    },

    FusedRaggedAttentionGrad({ dy, q, kv, ranges }, attrs) {
      const [starts, readers] = readersOf(hostValues(ranges) as Int32Array, kv.shape[0]).map(
        upload,
      );
      const [dq, dkv] = [make(q.shape), make(kv.shape)];
      attendGrad(raggedLayout(q, kv, attrs), { dy, q, kv, ranges, starts, readers }, { dq, dkv });
      free(starts, readers);
      return [dq, dkv];
    },
  };

  registerKernels(tf, 'webgpu', all);
}
