// Longer than most files: a few lines for each kernel, and all kernels are listed here.
import type { KernelBackend, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelFunc, last, registerKernels, sizeOf } from './kernelRegistry.ts';
import { registerRaggedKernels } from './raggedAttention.ts';
import { RMS_EPSILON, type Tensor, type TF } from './types.ts';
import type { WasmHost } from './wasmHost.ts';

const bytes4 = 4;
/** What gradients get of their forward kernels, beside inputs and result. */
export const WASM_KEPT = {
  swiglu: ['gateUp', 'rstd'],
  attention: ['qkv', 'p', 'context', 'rstd'],
};

/** Attention weights are kept in rows of whole tiles. */
const padded = (keys: number): number => Math.ceil(keys / 8) * 8;

/**
 * Registers the fused kernels for tfjs's wasm backend. Forward kernels return their result first; with the attribute
 * `training` what their gradient needs follows it. Gradient kernels return the gradients in the order of the inputs.
 */
export function registerWasmKernels(tf: TF, host: WasmHost): void {
  const { kernels: k, pointer, scratch } = host;
  const make = (shape: number[]): TensorInfo => host.backend.makeOutput(shape, 'float32');
  const like = (tensor: TensorInfo): TensorInfo => make(tensor.shape);
  /** Pointer, or null where there is no tensor. */
  const at = (tensor: TensorInfo | undefined): number => (tensor ? pointer(tensor) : 0);

  const all: Record<string, KernelFunc> = {
    FusedLinear({ x, w, b }) {
      const [inner, outer] = w.shape;
      const n = sizeOf(x) / inner;
      const y = make([...x.shape.slice(0, -1), outer]);
      const work = scratch(k.panelBytes(inner, outer));
      k.gemmNN(
        at(x),
        inner * bytes4,
        n,
        inner,
        at(w),
        outer * bytes4,
        outer,
        at(y),
        outer * bytes4,
        0,
        at(b),
        work,
      );
      return y;
    },

    FusedLinearGrad({ dy, x, w }, { bias }) {
      const [inner, outer] = w.shape;
      const n = sizeOf(x) / inner;
      const dx = like(x);
      const dw = like(w);
      const ldx = inner * bytes4;
      const ldy = outer * bytes4;
      const work = scratch(Math.max(k.panelBytes(outer, inner), k.tnScratch(n, inner, outer)));
      k.gemmNT(at(dy), ldy, n, outer, at(w), ldy, inner, at(dx), ldx, 0, work);
      k.gemmTN(at(x), ldx, n, inner, at(dy), ldy, outer, at(dw), ldy, 0, work);
      if (!bias) return [dx, dw];
      const db = make([outer]);
      k.columnSum(at(dy), at(db), n, outer);
      return [dx, dw, db];
    },

    FusedAddRmsNorm({ x, y }, { training }) {
      const d = last(x);
      const n = sizeOf(x) / d;
      const out = like(x);
      const rstd = training ? make([n]) : undefined;
      k.addRmsNorm(at(x), at(y), at(out), at(rstd), n, d, RMS_EPSILON);
      return rstd ? [out, rstd] : out;
    },

    FusedRmsNormGrad({ dy, y, rstd }) {
      const d = last(y);
      const dr = like(y);
      k.rmsNormGrad(at(dy), at(y), at(rstd), at(dr), sizeOf(y) / d, d);
      return dr;
    },

    FusedSwiglu({ x, wGateUp, wDown }, { block, training }) {
      const [f, d] = wDown.shape;
      const n = sizeOf(x) / d;
      const y = like(x);
      const gateUp = training ? make([n, 2 * f]) : undefined;
      const rstd = training ? make([n]) : undefined;
      const work = scratch(k.swigluScratch(n, d, f));
      k.swiglu(
        at(x),
        at(wGateUp),
        at(wDown),
        at(y),
        at(gateUp),
        at(rstd),
        n,
        d,
        f,
        block ? 1 : 0,
        RMS_EPSILON,
        work,
      );
      return gateUp && rstd ? [y, gateUp, rstd] : y;
    },

    FusedSwigluGrad({ dy, x, wGateUp, wDown, y, gateUp, rstd }, { block }) {
      const [f, d] = wDown.shape;
      const n = sizeOf(x) / d;
      const dx = like(x);
      const dGateUp = like(wGateUp);
      const dDown = like(wDown);
      const work = scratch(k.swigluGradScratch(n, d, f));
      k.swigluGrad(
        at(dy),
        at(x),
        at(wGateUp),
        at(wDown),
        at(y),
        at(gateUp),
        at(rstd),
        at(dx),
        at(dGateUp),
        at(dDown),
        n,
        d,
        f,
        block ? 1 : 0,
        work,
      );
      return [dx, dGateUp, dDown];
    },

    FusedAttentionBlock({ x, wqkv, wo, cos, sin }, { heads, training }) {
      const [batch, s, d] = x.shape;
      const h = heads as number;
      const y = like(x);
      const kept = training
        ? [make([batch, s, 3 * d]), make([batch, h, s, padded(s)]), like(x), make([batch * s])]
        : [];
      const [qkv, p, context, rstd] = kept;
      const work = scratch(k.attentionScratch(batch, s, d, h));
      k.attentionBlock(
        at(x),
        at(wqkv),
        at(wo),
        at(cos),
        at(sin),
        at(y),
        at(qkv),
        at(p),
        at(context),
        at(rstd),
        batch,
        s,
        d,
        h,
        RMS_EPSILON,
        work,
      );
      return [y, ...kept];
    },

    FusedAttentionBlockGrad({ dy, x, wqkv, wo, cos, sin, y, qkv, p, context, rstd }, { heads }) {
      const [batch, s, d] = x.shape;
      const h = heads as number;
      const grads = [like(x), like(wqkv), like(wo)];
      const work = scratch(k.attentionGradScratch(batch, s, d, h));
      k.attentionBlockGrad(
        at(dy),
        at(x),
        at(wqkv),
        at(wo),
        at(cos),
        at(sin),
        at(y),
        at(qkv),
        at(p),
        at(context),
        at(rstd),
        at(grads[0]),
        at(grads[1]),
        at(grads[2]),
        batch,
        s,
        d,
        h,
        work,
      );
      return grads;
    },

    FusedEmbedSum({ table, indices }) {
      const [rows, d] = table.shape;
      const [n, count] = indices.shape;
      checkIndices(host, 'embedSum: indices', indices, -1, rows);
      const out = make([n, d]);
      k.embedSum(at(table), at(indices), at(out), n, count, d);
      return out;
    },

    FusedEmbedSumGrad({ dy, indices }, { rows }) {
      const [n, count] = indices.shape;
      const d = last(dy);
      const dTable = make([rows as number, d]);
      k.embedSumGrad(at(dy), at(indices), at(dTable), n, count, d, rows as number);
      return dTable;
    },

    FusedCategorical({ logits, actions }) {
      const [n, a] = logits.shape;
      checkIndices(host, 'categorical: actions', actions, 0, a);
      const out = [make([n]), make([n]), like(logits)];
      k.categorical(at(logits), at(actions), at(out[2]), at(out[0]), at(out[1]), n, a);
      return out;
    },

    FusedCategoricalGrad({ dLogProb, dEntropy, logits, actions, probs, logProb, entropy }) {
      const [n, a] = logits.shape;
      const dLogits = like(logits);
      k.categoricalGrad(
        at(dLogProb),
        at(dEntropy),
        at(logits),
        at(actions),
        at(probs),
        at(logProb),
        at(entropy),
        at(dLogits),
        n,
        a,
      );
      return dLogits;
    },

    FusedActivation({ x }, { name }) {
      const y = like(x);
      k[name === 'silu' ? 'siluArray' : 'sigmoidArray'](at(x), at(y), sizeOf(x));
      return y;
    },

    /** saved: x for silu, y for sigmoid. */
    FusedActivationGrad({ dy, saved }, { name }) {
      const dx = like(dy);
      k[name === 'silu' ? 'siluGradArray' : 'sigmoidGradArray'](
        at(dy),
        at(saved),
        at(dx),
        sizeOf(dy),
      );
      return dx;
    },
  };

  registerKernels(tf, 'wasm', all);
  registerRaggedKernels(tf, host);
  if (!tf.getGradient('FusedCategorical')) registerCategoricalGradient(tf);
}

/** Checks indices: with a wrong one wasm would read other memory. */
function checkIndices(
  host: WasmHost,
  what: string,
  indices: TensorInfo,
  from: number,
  to: number,
): void {
  const n = sizeOf(indices);
  if (n === 0) return;
  const low = host.kernels.indexLow(host.pointer(indices), n);
  const high = host.kernels.indexHigh(host.pointer(indices), n);
  if (low < from || high >= to) {
    throw new RangeError(`${what} must lie in ${from}..${to - 1}; got ${low < from ? low : high}.`);
  }
}

/** Two outputs have a gradient, which tf.customGrad does not allow; the tape finds this one by the kernel's name. */
function registerCategoricalGradient(tf: TF): void {
  tf.registerGradient({
    kernelName: 'FusedCategorical',
    inputsToSave: ['logits', 'actions'],
    outputsToSave: [true, true, true],
    gradFunc: (dy, [logits, actions, logProb, entropy, probs]) => {
      const [dLogProb, dEntropy] = dy as Tensor[];
      const inputs = { dLogProb, dEntropy, logits, actions, probs, logProb, entropy };
      return { logits: () => tf.engine().runKernel('FusedCategoricalGrad', inputs) };
    },
  });
}

/**
 * Lets clones share data, as on tfjs's other backends; its wasm backend copies, and the tape clones all that it keeps.
 * Turned off again for the plain engine, which is measured as tfjs ships it.
 */
export function shareClones(tf: TF, on: boolean): void {
  const current = tf.getKernel('Identity', 'wasm');
  if (!current) return;
  if (current.kernelFunc !== share) copyingIdentity = current;
  tf.unregisterKernel('Identity', 'wasm');
  tf.registerKernel(on ? { ...current, kernelFunc: share } : (copyingIdentity ?? current));
}

let copyingIdentity: KernelConfig | undefined;

const share: KernelConfig['kernelFunc'] = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs.x as TensorInfo;
  (backend as KernelBackend).incRef(dataId);
  return { dataId, shape, dtype };
};
