import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/index.ts';
import {
  GOAL_FEATURES,
  OBJECT_FEATURES,
  STATE_FEATURES,
  WORD_FEATURES,
} from '../tasks/babyai/features.ts';
import { Blocks, type Weights } from './blocks.ts';
import type { GoalHead } from './goals/goalHead.ts';
import { goalHeadOf } from './goals/index.ts';
import { KINDS } from './kinds/index.ts';
import type { Kind } from './kinds/kind.ts';
import type { PolicyConfig } from './presets.ts';

export type { Weights } from './blocks.ts';

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

/** What the reasoning modules read, and what is added to the latents. */
export interface Context {
  /** All tokens: objects, then words, [R + W, width]. */
  pool: Tensor2D;
  /** Keys and values of all tokens for each Doer layer: [R + W, 2·width]. */
  tokens: Tensor2D[];
  /** [B, latents·width] */
  injection: Tensor2D;
  spans: Int32Array;
}

/**
 * A live policy of any kind. The Doer (L) iterates on z_L, which reads the tokens by attention and gets z_H, the
 * observation and the current goal by addition; the Planner (H), where there is one, updates z_H from z_L.
 */
export class Policy {
  readonly config: PolicyConfig;
  readonly engine: Engine;
  /** How goals are stated. */
  readonly goals: GoalHead;
  private readonly blocks: Blocks;
  private readonly kind: Kind;

  constructor(engine: Engine, config: PolicyConfig) {
    this.engine = engine;
    this.config = config;
    this.goals = goalHeadOf(config);
    this.blocks = new Blocks(engine, config);
    this.kind = KINDS[config.kind];
  }

  /** Whether there is a slow module, which announces goals. */
  get hasPlanner(): boolean {
    return this.kind.planner !== undefined;
  }

  /** Words read their sentence, objects read the words: language meets what is seen before any reasoning. */
  encode(w: Weights, inputs: Inputs): Context {
    const { blocks } = this;
    const { tf } = this.engine;
    let words = blocks.embed(w['words.embedding'], inputs.words, WORD_FEATURES);
    const ownWords = blocks.linear(words, w['words.attention.kv']);
    words = blocks.attend(w, 'words.attention', words, ownWords, inputs.sentences, 1);
    words = blocks.swiglu(w, 'words.mlp', words);
    const injection = blocks.embed(w['state.embedding'], inputs.state, STATE_FEATURES);
    let pool = words;
    if (inputs.objects.length > 0) {
      let objects = blocks.embed(w['objects.embedding'], inputs.objects, OBJECT_FEATURES);
      const seenWords = blocks.linear(words, w['objects.attention.kv']);
      objects = blocks.attend(w, 'objects.attention', objects, seenWords, inputs.objectWords, 1);
      objects = blocks.swiglu(w, 'objects.mlp', objects);
      pool = tf.concat([objects, words], 0);
    }
    const tokens = Array.from({ length: this.config.lLayers }, (_, layer) =>
      blocks.linear(pool, w[`L.${layer}.attention.kv`]),
    );
    return { pool, tokens, injection, spans: inputs.tokens };
  }

  /** Rows [N, GOAL_FEATURES] of the current goals as injections [N, latents·width]. */
  goalInjection(w: Weights, rows: Int32Array): Tensor2D {
    return this.blocks.embed(w['goal.embedding'], rows, GOAL_FEATURES);
  }

  /**
   * The Doer's phase between two Planner updates: `lCycles` iterations of z_L ← L(z_L + added), of which only the last
   * carries gradient (HRM's one-step gradient).
   * @param zL [N, latents·width], as all states here
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
    const iterate = () => {
      z = this.kind.doer(this.blocks, w, z, added, tokens, spans);
      probe(z);
    };
    this.engine.noGrad(() => {
      for (let i = 1; i < this.config.lCycles; i++) iterate();
    });
    iterate();
    return z;
  }

  /** One Planner update: z_H ← H(z_H + z_L). Only where `hasPlanner`. */
  planner(w: Weights, zH: Tensor2D, zL: Tensor2D, pool: Tensor2D, spans: Int32Array): Tensor2D {
    if (!this.kind.planner) throw new Error(`a ${this.config.kind} policy has no Planner`);
    return this.kind.planner(this.blocks, w, zH, zL, pool, spans);
  }

  actionLogits(w: Weights, zL: Tensor2D): Tensor2D {
    return this.blocks.head(w, 'action', zL);
  }

  /**
   * Value estimate [N], in units of scaled return.
   * @param share how much of its gradient goes on into z_L and z_H, 0 to 1
   */
  value(w: Weights, zH: Tensor2D, zL: Tensor2D, share = 1): Tensor1D {
    const { tf } = this.engine;
    let states: Tensor2D = share > 0 ? tf.concat([zL, zH], 1) : this.detached(zH, zL);
    if (share > 0 && share < 1) {
      states = tf.add(tf.mul(states, share), tf.mul(this.detached(zH, zL), 1 - share));
    }
    return tf.reshape(this.blocks.head(w, 'value', states), [-1]);
  }

  /** Both states side by side, as numbers that no gradient passes. */
  private detached(zH: Tensor2D, zL: Tensor2D): Tensor2D {
    return this.engine.noGrad(() => this.engine.tf.concat([zL, zH], 1));
  }

  /** Goal logits [N, goals.outputs]; see `GoalHead.logits`. */
  goalLogits(w: Weights, zH: Tensor2D, pool: Tensor2D, spans: Int32Array): Tensor2D {
    return this.goals.logits(this.blocks, w, zH, pool, spans);
  }

  /** Q-values [N, 2] of halting with the kept goal and of letting the Planner think on (HRM's ACT). */
  haltValues(w: Weights, zH: Tensor2D, zL: Tensor2D): Tensor2D {
    return this.blocks.head(w, 'halt', this.engine.tf.concat([zL, zH], 1));
  }
}
