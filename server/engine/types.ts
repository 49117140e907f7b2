import type * as tfjs from '@tensorflow/tfjs-core';

/** The tfjs-core module; every engine hands out the same one. */
export type TF = typeof tfjs;
export type Tensor = tfjs.Tensor;
export type Tensor1D = tfjs.Tensor1D;
export type Tensor2D = tfjs.Tensor2D;
export type Tensor3D = tfjs.Tensor3D;
export type Tensor4D = tfjs.Tensor4D;
export type Scalar = tfjs.Scalar;
export type Variable = tfjs.Variable;

/** Epsilon of every RMS normalisation (HRM's reference code). */
export const RMS_EPSILON = 1e-5;

export interface Rotary {
  /** Cosines, float32 [S, headDim]. */
  cos: Tensor2D;
  /** Sines, float32 [S, headDim]. */
  sin: Tensor2D;
}

export interface AdamSettings {
  lr: number;
  /** Number of this step, from 1: it sets the bias correction. */
  step: number;
  /** 0.9 unless given. */
  beta1?: number;
  /** 0.999 unless given. */
  beta2?: number;
  /** 1e-8 unless given. */
  eps?: number;
  /** Decoupled weight decay (AdamW), 0 unless given. */
  weightDecay?: number;
  /** Gradients are scaled down to this global L2 norm; Infinity unless given. */
  maxGradNorm?: number;
}

/**
 * The operations that policies use beside tfjs's own. All tensors are float32 unless said otherwise; all
 * have gradients for every float input. Engines with fused kernels and engines without compute the same function.
 * `x` may have any leading axes; N is their product.
 */
export interface Ops {
  /** x[.., K] w[K, M] + b[M] → [.., M]. */
  linear(x: Tensor, w: Tensor2D, b?: Tensor1D): Tensor;
  /** x / sqrt(mean(x²) + 1e-5) over the last axis, without a weight. */
  rmsNorm<T extends Tensor>(x: T): T;
  /** rmsNorm(x + y). */
  addRmsNorm<T extends Tensor>(x: T, y: T): T;
  /** (silu(x Wg) · (x Wu)) Wd, where wGateUp[D, 2F] = [Wg | Wu] and wDown[F, D]. */
  swiglu<T extends Tensor>(x: T, wGateUp: Tensor2D, wDown: Tensor2D): T;
  /** rmsNorm(x + swiglu(x)). */
  swigluBlock<T extends Tensor>(x: T, wGateUp: Tensor2D, wDown: Tensor2D): T;
  /**
   * rmsNorm(x + SelfAttn(x)) for x[B, S, D], wqkv[D, 3D] = [q | k | v], each a row of heads; wo[D, D]. Non-causal, scale
   * 1/sqrt(D / heads). With `rotary`, q and k are turned by rotary positions (halves of a head paired).
   */
  attentionBlock(
    x: Tensor3D,
    wqkv: Tensor2D,
    wo: Tensor2D,
    heads: number,
    rotary?: Rotary,
  ): Tensor3D;
  /** Row n is the sum of table[indices[n, k]] over k; table[V, D], int32 indices[N, K], -1 for no row → [N, D]. */
  embedSum(table: Tensor2D, indices: Tensor2D): Tensor2D;
  /** x[index[n]] for x[M, D], int32 index[N], -1 for a row of zeros → [N, D]. */
  gatherRows(x: Tensor2D, index: Tensor1D): Tensor2D;
  /**
   * Softmax attention without padding: `group` consecutive queries of q[G·group, D] read the same rows of the pool
   * kv[M, 2D] = [keys | values], given by spans[G·4] = (first row, count, first row, count). Scale 1/sqrt(D / heads);
   * a group without any row gets zeros. → [G·group, D]. Gradients to q and kv.
   */
  raggedAttention(
    q: Tensor2D,
    kv: Tensor2D,
    spans: Int32Array,
    options: { heads: number; group: number },
  ): Tensor2D;
  /** Log-probability of int32 actions[N] and entropy, both [N], of the categorical distributions softmax(logits[N, A]). */
  categorical(logits: Tensor2D, actions: Tensor1D): { logProb: Tensor1D; entropy: Tensor1D };
  /** 1 / (1 + e^-x). */
  sigmoid<T extends Tensor>(x: T): T;
  /** x · sigmoid(x). */
  silu<T extends Tensor>(x: T): T;
  /**
   * One step of Adam on `params`, whose moments `m` and `v` start at zero; all are variables and change in place.
   * Returns the gradients' global norm before clipping. If that is not finite, nothing is changed.
   */
  adamStep(
    params: readonly Variable[],
    grads: readonly Tensor[],
    m: readonly Variable[],
    v: readonly Variable[],
    settings: AdamSettings,
  ): number | Promise<number>;
}
