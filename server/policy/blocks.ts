import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/index.ts';
import type { PolicyConfig } from './presets.ts';

/** Weights by name, as tensors of the engine. */
export type Weights = Readonly<Record<string, Tensor2D>>;

/** The part of a policy that a weight belongs to; an update may be limited to some of them. */
export const PARAMETER_GROUPS = [
  'encoder',
  'doer',
  'planner',
  'actor',
  'critic',
  'goal',
  'halt',
] as const;
export type ParameterGroup = (typeof PARAMETER_GROUPS)[number];

/** One weight tensor: its name in checkpoints, its shape, and the spread of its initial values. */
export interface ParameterSpec {
  name: string;
  group: ParameterGroup;
  shape: number[];
  /** Standard deviation of the truncated normal it starts from; 0 starts at zero. */
  std: number;
}

/** Specs of one group's weights. Linear weights are `[in, out]`. */
export class Specs {
  private readonly group: ParameterGroup;
  private readonly width: number;

  constructor(group: ParameterGroup, { width }: PolicyConfig) {
    this.group = group;
    this.width = width;
  }

  embedding(name: string, rows: number, width: number, std: number): ParameterSpec {
    return { name: `${name}.embedding`, group: this.group, shape: [rows, width], std };
  }

  linear(name: string, from: number, to: number): ParameterSpec {
    return { name, group: this.group, shape: [from, to], std: 1 / Math.sqrt(from) };
  }

  attention(name: string): ParameterSpec[] {
    const { width } = this;
    return [
      this.linear(`${name}.q`, width, width),
      this.linear(`${name}.kv`, width, 2 * width),
      this.linear(`${name}.o`, width, width),
    ];
  }

  swiglu(name: string, inner: number): ParameterSpec[] {
    const { width } = this;
    return [
      this.linear(`${name}.gate_up`, width, 2 * inner),
      this.linear(`${name}.down`, inner, width),
    ];
  }

  /** Layers `name.0` and so on of attention and SwiGLU; with `tokens`, each also reads tokens. */
  stack(name: string, layers: number, inner: number, tokens = false): ParameterSpec[] {
    return Array.from({ length: layers }, (_, layer) => [
      ...this.attention(`${name}.${layer}.attention`),
      ...this.swiglu(`${name}.${layer}.mlp`, inner),
      ...(tokens ? this.attention(`${name}.${layer}.tokens`) : []),
    ]).flat();
  }

  head(name: string, from: number, to: number, std: number): ParameterSpec[] {
    return [
      { name: `${name}.weight`, group: this.group, shape: [from, to], std },
      { name: `${name}.bias`, group: this.group, shape: [to], std: 0 },
    ];
  }
}

/**
 * What encoder and reasoning modules are built of. Blocks are HRM's: post-norm RMSNorm, attention and SwiGLU without
 * biases (arXiv 2506.21734, section 2). States are [N, latents·width]; layers see them as [N·latents, width].
 */
export class Blocks {
  readonly engine: Engine;
  readonly config: PolicyConfig;

  constructor(engine: Engine, config: PolicyConfig) {
    this.engine = engine;
    this.config = config;
  }

  /** Sums of embedding rows: [N·features] row numbers → [N, table's width]. */
  embed(table: Tensor2D, rows: Int32Array, features: number): Tensor2D {
    const { tf } = this.engine;
    const indices = tf.tensor2d(rows, [rows.length / features, features], 'int32');
    return this.engine.embedSum(table, indices);
  }

  linear(x: Tensor2D, weight: Tensor2D): Tensor2D {
    return this.engine.linear(x, weight) as Tensor2D;
  }

  /** A head with a bias: [N, in] → [N, out]. */
  head(w: Weights, name: string, x: Tensor2D): Tensor2D {
    // Cast: biases are the only weights with one axis, and only heads have them.
    const bias = w[`${name}.bias`] as unknown as Tensor1D;
    return this.engine.linear(x, w[`${name}.weight`], bias) as Tensor2D;
  }

  /** RMSNorm(x + Attn(x Wq, kv) Wo), where `group` consecutive rows of x share a span of `kv`. */
  attend(
    w: Weights,
    name: string,
    x: Tensor2D,
    kv: Tensor2D,
    spans: Int32Array,
    group: number,
  ): Tensor2D {
    const read = this.engine.raggedAttention(this.linear(x, w[`${name}.q`]), kv, spans, {
      heads: this.config.heads,
      group,
    });
    return this.engine.addRmsNorm(x, this.linear(read, w[`${name}.o`]));
  }

  swiglu(w: Weights, name: string, x: Tensor2D): Tensor2D {
    return this.engine.swigluBlock(x, w[`${name}.gate_up`], w[`${name}.down`]);
  }

  /** z + added as rows of latents, [N·latents, width]. */
  latents(z: Tensor2D, added: Tensor2D): Tensor2D {
    const { tf } = this.engine;
    return tf.reshape(tf.add(z, added), [-1, this.config.width]) as Tensor2D;
  }

  /** Rows of latents as states again, [N, latents·width]. */
  states(x: Tensor2D): Tensor2D {
    const { latents, width } = this.config;
    return this.engine.tf.reshape(x, [-1, latents * width]);
  }

  /** The stack `name` on z + added, whose layer l reads the tokens by `tokens[l]`. */
  readTokens(
    w: Weights,
    name: string,
    z: Tensor2D,
    added: Tensor2D,
    tokens: readonly Tensor2D[],
    spans: Int32Array,
  ): Tensor2D {
    let x = this.latents(z, added);
    for (const [layer, kv] of tokens.entries()) {
      x = this.attend(w, `${name}.${layer}.attention`, x, kv, spans, this.config.latents);
      x = this.swiglu(w, `${name}.${layer}.mlp`, x);
    }
    return this.states(x);
  }

  /**
   * The stack `name` on z + added, with self-attention over the latents of each sample.
   * @param tokens where given, each layer also reads these: a pool and the spans of each sample in it
   */
  readLatents(
    w: Weights,
    name: string,
    layers: number,
    z: Tensor2D,
    added: Tensor2D,
    tokens?: { pool: Tensor2D; spans: Int32Array },
  ): Tensor2D {
    const { latents } = this.config;
    const spans = new Int32Array(z.shape[0] * 4);
    for (let i = 0; i < z.shape[0]; i++) spans.set([i * latents, latents], i * 4);
    let x = this.latents(z, added);
    for (let layer = 0; layer < layers; layer++) {
      const kv = this.linear(x, w[`${name}.${layer}.attention.kv`]);
      x = this.attend(w, `${name}.${layer}.attention`, x, kv, spans, latents);
      if (tokens) {
        const read = this.linear(tokens.pool, w[`${name}.${layer}.tokens.kv`]);
        x = this.attend(w, `${name}.${layer}.tokens`, x, read, tokens.spans, latents);
      }
      x = this.swiglu(w, `${name}.${layer}.mlp`, x);
    }
    return this.states(x);
  }
}
