import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/index.ts';
import { GOAL_FEATURES, OBJECT_FEATURES, STATE_FEATURES, WORD_FEATURES } from './features.ts';
import { goalLogits } from './goalHead.ts';
import type { PolicyConfig } from './presets.ts';

/** Weights by name, as tensors of the engine. */
export type Weights = Readonly<Record<string, Tensor2D>>;

/**
 * A batch as sparse rows (see `features.ts`). B samples, R objects and W words in all; each sample's
 * objects and each sentence's words are consecutive.
 */
export interface Inputs {
  batch: number;
  /** [B, STATE_FEATURES] */
  state: Int32Array;
  /** [R, OBJECT_FEATURES] */
  objects: Int32Array;
  /** [R, 4]: for each object the words of its mission as (first word, count, 0, 0). */
  objectWords: Int32Array;
  /** [W, WORD_FEATURES]: the words of every *distinct* sentence of the batch. */
  words: Int32Array;
  /** [W, 4]: for each word its own sentence as (first word, count, 0, 0). */
  sentences: Int32Array;
  /** [B, 4]: for each sample (first object, count, R + first word, count) in the token pool. */
  tokens: Int32Array;
}

/** What the reasoning modules read: keys and values of all tokens, and what is added to the latents. */
export interface Context {
  /** Keys and values of all tokens for each Doer layer: [R + W, 2·width]. */
  tokens: Tensor2D[];
  /** [B, latents·width] */
  injection: Tensor2D;
  spans: Int32Array;
}

/**
 * The nano Hierarchical Reasoning Model in tfjs terms. The Doer (L) iterates on z_L, which reads the
 * tokens by attention and gets z_H, the observation and the current goal by addition; the Planner (H)
 * updates z_H from z_L by self-attention over the latents. Blocks are HRM's: post-norm RMSNorm,
 * attention and SwiGLU without biases (arXiv 2506.21734, section 2).
 */
export class HrmModel {
  readonly config: PolicyConfig;
  readonly engine: Engine;

  constructor(engine: Engine, config: PolicyConfig) {
    this.engine = engine;
    this.config = config;
  }

  /** Whether there is a slow module at all: `flat` and `gru` only have the fast one, and announce no goals. */
  get hasPlanner(): boolean {
    return this.config.kind === 'hrm' || this.config.kind === 'trm';
  }

  /** TRM (arXiv 2510.04871) recurses one network for both levels; HRM has a stack for each. */
  private get plannerStack(): 'L' | 'H' {
    return this.config.kind === 'trm' ? 'L' : 'H';
  }

  /** Words read their sentence, objects read the words: language meets what is seen before any reasoning. */
  encode(w: Weights, inputs: Inputs): Context {
    const ops = this.engine;
    const { tf } = ops;
    let words = this.embed(w['words.embedding'], inputs.words, WORD_FEATURES);
    const ownWords = ops.linear(words, w['words.attention.kv']) as Tensor2D;
    words = this.attend(w, 'words.attention', words, ownWords, inputs.sentences, 1);
    words = ops.swigluBlock(words, w['words.mlp.gate_up'], w['words.mlp.down']);
    const injection = this.embed(w['state.embedding'], inputs.state, STATE_FEATURES);
    let pool = words;
    if (inputs.objects.length > 0) {
      let objects = this.embed(w['objects.embedding'], inputs.objects, OBJECT_FEATURES);
      const wordsForObjects = ops.linear(words, w['objects.attention.kv']) as Tensor2D;
      objects = this.attend(
        w,
        'objects.attention',
        objects,
        wordsForObjects,
        inputs.objectWords,
        1,
      );
      objects = ops.swigluBlock(objects, w['objects.mlp.gate_up'], w['objects.mlp.down']);
      pool = tf.concat([objects, words], 0);
    }
    const tokens: Tensor2D[] = [];
    for (let layer = 0; layer < this.config.lLayers; layer++) {
      tokens.push(ops.linear(pool, w[`L.${layer}.attention.kv`]) as Tensor2D);
    }
    return { tokens, injection, spans: inputs.tokens };
  }

  /** Rows [N, GOAL_FEATURES] of the current goals as injections [N, latents·width]. */
  goalInjection(w: Weights, rows: Int32Array): Tensor2D {
    return this.embed(w['goal.embedding'], rows, GOAL_FEATURES);
  }

  /**
   * One Doer iteration: z_L ← L(z_L + z_H + injection), reading the tokens.
   * @param zL [N, latents·width], as all states here
   */
  doer(w: Weights, zL: Tensor2D, added: Tensor2D, tokens: Tensor2D[], spans: Int32Array): Tensor2D {
    const ops = this.engine;
    const { tf } = ops;
    const { latents, width, lLayers, kind } = this.config;
    let x = tf.reshape(tf.add(zL, added), [-1, width]) as Tensor2D;
    if (kind === 'gru') {
      const before = tf.reshape(zL, [-1, width]) as Tensor2D;
      const read = this.attend(w, 'L.0.attention', x, tokens[0], spans, latents);
      return tf.reshape(this.gatedUpdate(w, before, read), [-1, latents * width]);
    }
    for (let layer = 0; layer < lLayers; layer++) {
      const name = `L.${layer}`;
      x = this.attend(w, `${name}.attention`, x, tokens[layer], spans, latents);
      x = ops.swigluBlock(x, w[`${name}.mlp.gate_up`], w[`${name}.mlp.down`]);
    }
    return tf.reshape(x, [-1, latents * width]);
  }

  /** One Planner update: z_H ← H(z_H + z_L), self-attention over the latents of each sample. */
  planner(w: Weights, zH: Tensor2D, zL: Tensor2D): Tensor2D {
    const ops = this.engine;
    const { tf } = ops;
    const { latents, width } = this.config;
    const hLayers = this.plannerStack === 'L' ? this.config.lLayers : this.config.hLayers;
    const spans = ownLatents(zH.shape[0], latents);
    let x = tf.reshape(tf.add(zH, zL), [-1, width]) as Tensor2D;
    for (let layer = 0; layer < hLayers; layer++) {
      const name = `${this.plannerStack}.${layer}`;
      const own = ops.linear(x, w[`${name}.attention.kv`]) as Tensor2D;
      x = this.attend(w, `${name}.attention`, x, own, spans, latents);
      x = ops.swigluBlock(x, w[`${name}.mlp.gate_up`], w[`${name}.mlp.down`]);
    }
    return tf.reshape(x, [-1, latents * width]);
  }

  /** Gated recurrent unit (Cho et al. 2014), each latent by itself: [N·latents, width] → the same. */
  private gatedUpdate(w: Weights, state: Tensor2D, input: Tensor2D): Tensor2D {
    const ops = this.engine;
    const { tf } = ops;
    const { width } = this.config;
    const parts = (x: Tensor2D, name: string) =>
      tf.split(ops.linear(x, w[name]) as Tensor2D, [width, width, width], 1);
    const [resetX, updateX, newX] = parts(input, 'L.0.gru.input');
    const [resetH, updateH, newH] = parts(state, 'L.0.gru.state');
    const reset = ops.sigmoid(tf.add(resetX, resetH));
    const update = ops.sigmoid(tf.add(updateX, updateH));
    const candidate = tf.tanh(tf.add(newX, tf.mul(reset, newH)));
    return tf.add(candidate, tf.mul(update, tf.sub(state, candidate))) as Tensor2D;
  }

  /**
   * The Doer's phase between two Planner updates: `lCycles` iterations of which only the last carries
   * gradient (HRM's one-step gradient).
   * @param probe sees z_L after every iteration
   */
  doerPhase(
    w: Weights,
    zL: Tensor2D,
    added: Tensor2D,
    tokens: Tensor2D[],
    spans: Int32Array,
    probe: (zL: Tensor2D) => void = () => {},
  ): Tensor2D {
    let z = zL;
    this.engine.noGrad(() => {
      for (let i = 1; i < this.config.lCycles; i++) {
        z = this.doer(w, z, added, tokens, spans);
        probe(z);
      }
    });
    z = this.doer(w, z, added, tokens, spans);
    probe(z);
    return z;
  }

  actionLogits(w: Weights, zL: Tensor2D): Tensor2D {
    return this.engine.linear(zL, w['action.weight'], this.bias(w, 'action')) as Tensor2D;
  }

  /**
   * Value estimate [N], in units of scaled return.
   * @param share how much of its gradient goes on into z_L and z_H, 0 to 1
   */
  value(w: Weights, zH: Tensor2D, zL: Tensor2D, share = 1): Tensor1D {
    const ops = this.engine;
    const { tf } = ops;
    let states: Tensor2D = share > 0 ? tf.concat([zL, zH], 1) : this.detached(zH, zL);
    if (share > 0 && share < 1) {
      states = tf.add(tf.mul(states, share), tf.mul(this.detached(zH, zL), 1 - share));
    }
    return tf.reshape(ops.linear(states, w['value.weight'], this.bias(w, 'value')), [-1]);
  }

  /** Both states side by side, as numbers that no gradient passes. */
  private detached(zH: Tensor2D, zL: Tensor2D): Tensor2D {
    return this.engine.noGrad(() => this.engine.tf.concat([zL, zH], 1));
  }

  /** Goal logits [N, GOAL_OUTPUTS], read from the Planner's state alone. */
  goalLogits(w: Weights, zH: Tensor2D): Tensor2D {
    return goalLogits(this.engine, w, zH);
  }

  /** Q-values [N, 2] of halting with the kept goal and of letting the Planner think on (HRM's ACT). */
  haltValues(w: Weights, zH: Tensor2D, zL: Tensor2D): Tensor2D {
    const ops = this.engine;
    const { tf } = ops;
    return ops.linear(tf.concat([zL, zH], 1), w['halt.weight'], this.bias(w, 'halt')) as Tensor2D;
  }

  private bias(w: Weights, head: string): Tensor1D {
    return w[`${head}.bias`] as unknown as Tensor1D;
  }

  /** Sums of embedding rows: [N·features] row numbers → [N, table's width]. */
  private embed(table: Tensor2D, rows: Int32Array, features: number): Tensor2D {
    const ops = this.engine;
    const { tf } = ops;
    const indices = tf.tensor2d(rows, [rows.length / features, features], 'int32');
    return ops.embedSum(table, indices);
  }

  /** Post-norm cross-attention: RMSNorm(x + Attn(x Wq, tokens) Wo). */
  private attend(
    w: Weights,
    name: string,
    x: Tensor2D,
    tokens: Tensor2D,
    spans: Int32Array,
    group: number,
  ): Tensor2D {
    const ops = this.engine;
    const read = ops.raggedAttention(ops.linear(x, w[`${name}.q`]) as Tensor2D, tokens, spans, {
      heads: this.config.heads,
      group,
    });
    return ops.addRmsNorm(x, ops.linear(read, w[`${name}.o`]) as Tensor2D);
  }
}

/** Spans that let each sample's latents read one another. */
function ownLatents(batch: number, latents: number): Int32Array {
  const spans = new Int32Array(batch * 4);
  for (let i = 0; i < batch; i++) {
    spans[i * 4] = i * latents;
    spans[i * 4 + 1] = latents;
  }
  return spans;
}
