import * as tf from '@tensorflow/tfjs-core';
import { type Ops, RMS_EPSILON, type Rotary } from '../../engine/types.ts';

/**
 * The building blocks of HRM and TRM: as compositions of plain tfjs operations, which run on any
 * backend, and through an engine's fused operations where one is given.
 * Axes: B sequences, S tokens, D hidden, h heads, d = D / h.
 */

/** Weights of one block. `qkv` and `out` mix tokens by attention, `tokens` by a SwiGLU over positions. */
export interface BlockWeights {
  readonly mixer:
    | { readonly kind: 'attention'; readonly qkv: tf.Tensor2D; readonly out: tf.Tensor2D }
    | { readonly kind: 'tokens'; readonly gateUp: tf.Tensor2D; readonly down: tf.Tensor2D };
  readonly gateUp: tf.Tensor2D;
  readonly down: tf.Tensor2D;
}

export interface BlockContext {
  readonly heads: number;
  readonly eps: number;
  readonly rotary: Rotary | null;
  /** An engine's operations; plain compositions if not given. */
  readonly ops?: Ops;
}

/** A layer ready to be applied any number of times in one pass. */
export type Layer = (x: tf.Tensor3D) => tf.Tensor3D;

/** `x [..., in] · weightᵀ [in, out]`: PyTorch keeps linear weights as `[out, in]`. */
export function linear<T extends tf.Tensor>(x: T, weight: tf.Tensor2D): T {
  const rows = tf.reshape(x, [-1, weight.shape[1]]);
  // Turned into a tensor of its own: tfjs-wasm keeps a packed copy of what it multiplies by, and would not see that an
  // optimiser has changed a weight in place.
  const y = tf.matMul(rows, tf.transpose(weight));
  return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[0]]) as T;
}

/** Divides by the root mean square over the last axis. The reference learns no scale. */
export function rmsNorm<T extends tf.Tensor>(x: T, eps: number): T {
  const power = tf.mean(tf.square(x), -1, true);
  return tf.mul(x, tf.rsqrt(tf.add(power, eps)));
}

/** SwiGLU over the last axis: `down(silu(gate) * up)`; the gate is the first half of `gateUp`'s rows. */
export function swiGlu<T extends tf.Tensor>(x: T, gateUp: tf.Tensor2D, down: tf.Tensor2D): T {
  const [gate, up] = tf.split(linear(x, gateUp), 2, -1);
  return linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), up), down) as T;
}

/** Rotates each pair (i, i + d/2) of `x [B, h, S, d]` by its position's angle. */
function rotate(x: tf.Tensor4D, { cos, sin }: Rotary): tf.Tensor4D {
  const [a, b] = tf.split(x, 2, -1);
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(b), a], -1), sin));
}

/** Full (not causal) multi-head self-attention without biases, `x [B, S, D]` to `[B, S, D]`. */
export function attention(
  x: tf.Tensor3D,
  qkv: tf.Tensor2D,
  out: tf.Tensor2D,
  { heads, rotary }: BlockContext,
): tf.Tensor3D {
  const [B, S, D] = x.shape;
  const d = D / heads;
  // [B, S, 3D] -> [B, S, 3h, d] -> [B, 3h, S, d] -> three of [B, h, S, d]
  const packed = tf.transpose(tf.reshape(linear(x, qkv), [B, S, 3 * heads, d]), [0, 2, 1, 3]);
  let [q, k, v] = tf.split(packed, 3, 1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  if (rotary) {
    q = rotate(q, rotary);
    k = rotate(k, rotary);
  }
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(d));
  const mixed = tf.matMul(tf.softmax(scores), v);
  // [B, h, S, d] -> [B, S, h, d] -> [B, S, D]
  return linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B, S, D]), out) as tf.Tensor3D;
}

/** One post-norm block: mix tokens, add, normalise; SwiGLU, add, normalise. */
export function block(x: tf.Tensor3D, weights: BlockWeights, context: BlockContext): tf.Tensor3D {
  const { mixer } = weights;
  let y: tf.Tensor3D;
  if (mixer.kind === 'attention') {
    y = rmsNorm(tf.add(x, attention(x, mixer.qkv, mixer.out, context)), context.eps);
  } else {
    // [B, S, D] -> [B, D, S]: here the norm, too, runs over positions.
    const across = tf.transpose(x, [0, 2, 1]);
    const mixed = tf.add(across, swiGlu(across, mixer.gateUp, mixer.down)) as tf.Tensor3D;
    y = tf.transpose(rmsNorm(mixed, context.eps), [0, 2, 1]);
  }
  return rmsNorm(tf.add(y, swiGlu(y, weights.gateUp, weights.down)) as tf.Tensor3D, context.eps);
}

/** The same block in an engine's fused operations, whose weights are `[in, out]`. */
function fusedLayer(weights: BlockWeights, { heads, rotary }: BlockContext, ops: Ops): Layer {
  const { mixer } = weights;
  // Turned once for a pass, and on the record: the gradient comes back as `[out, in]`.
  const turned = (w: tf.Tensor2D) => tf.transpose(w);
  const [gateUp, down] = [weights.gateUp, weights.down].map(turned);
  if (mixer.kind === 'tokens') {
    const [acrossUp, acrossDown] = [mixer.gateUp, mixer.down].map(turned);
    return (x) => {
      const across = tf.transpose(x, [0, 2, 1]);
      const mixed = ops.swigluBlock(across, acrossUp, acrossDown);
      return ops.swigluBlock(tf.transpose(mixed, [0, 2, 1]), gateUp, down);
    };
  }
  const [qkv, out] = [mixer.qkv, mixer.out].map(turned);
  return (x) =>
    ops.swigluBlock(ops.attentionBlock(x, qkv, out, heads, rotary ?? undefined), gateUp, down);
}

/** Prepares blocks for one pass; fused where the engine has the operations for it. */
export function prepareLayers(weights: readonly BlockWeights[], context: BlockContext): Layer[] {
  const { ops } = context;
  return weights.map((w) => {
    const fused = ops && context.eps === RMS_EPSILON ? fusedLayer(w, context, ops) : null;
    return fused ?? ((x) => block(x, w, context));
  });
}

/** A module (Planner or Doer): adds what is injected to its state, then runs its layers. */
export function reasoningModule(
  state: tf.Tensor3D,
  injection: tf.Tensor3D,
  layers: readonly Layer[],
): tf.Tensor3D {
  let x = tf.add(state, injection) as tf.Tensor3D;
  for (const layer of layers) x = layer(x);
  return x;
}

/**
 * Rotary tables for positions 0 .. length-1 and heads of width `d`. Rounded to float32 after each
 * operation as the reference does: far positions would differ visibly otherwise.
 */
export function rotaryTables(length: number, d: number, theta: number): Rotary {
  const cos = new Float32Array(length * d);
  const sin = new Float32Array(length * d);
  for (let i = 0; i < d / 2; i++) {
    const rate = Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / d)));
    for (let t = 0; t < length; t++) {
      const angle = Math.fround(t * rate);
      for (const column of [i, i + d / 2]) {
        cos[t * d + column] = Math.cos(angle);
        sin[t * d + column] = Math.sin(angle);
      }
    }
  }
  return { cos: tf.tensor2d(cos, [length, d]), sin: tf.tensor2d(sin, [length, d]) };
}
