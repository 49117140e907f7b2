import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/index.ts';
import { GOAL_FEATURES, STATE_FEATURES, WORD_FEATURES } from '../tasks/babyai/features.ts';
import { OBJECT_FEATURES } from '../tasks/babyai/objectTokens.ts';
import type { Inputs } from './batch.ts';
import { Blocks, type Weights } from './blocks.ts';
import { type GoalTensors, goalTensors } from './goals/goalHead.ts';
import { KINDS } from './kinds/index.ts';
import type { Kind } from './kinds/kind.ts';
import { PLANNERS_VALUE } from './parameters.ts';
import type { PolicyConfig } from './presets.ts';

export type { Inputs } from './batch.ts';
export type { Weights } from './blocks.ts';

/** What the reasoning modules read: all tokens, and what is added to the latents. */
export interface Context {
  /** Objects, then words: [R + W, width]. */
  pool: Tensor2D;
  /** Their keys and values for each Doer layer: [R + W, 2·width]. */
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
  private readonly blocks: Blocks;
  private readonly kind: Kind;

  constructor(engine: Engine, config: PolicyConfig) {
    this.engine = engine;
    this.config = config;
    this.blocks = new Blocks(engine, config);
    this.kind = KINDS[config.kind];
  }

  /** Whether there is a slow module, which announces goals. */
  get hasPlanner(): boolean {
    return this.kind.planner !== undefined;
  }

  /** Whether the Doer of a policy without Planner learns to name goals, at every step. */
  get namesGoals(): boolean {
    return !this.hasPlanner && this.config.auxiliaryGoals === true;
  }

  /**
   * Words read their sentence; objects read the words and what the agent has done: language meets what is seen and what
   * has happened before any reasoning.
   */
  encode(w: Weights, inputs: Inputs): Context {
    const { blocks } = this;
    const { tf } = this.engine;
    let words = blocks.embed(w['words.embedding'], inputs.words, WORD_FEATURES);
    const ownWords = blocks.linear(words, w['words.attention.kv']);
    words = blocks.attend(w, 'words.attention', words, ownWords, inputs.sentences, 1);
    words = blocks.swiglu(w, 'words.mlp', words);
    const again = blocks.linear(words, w['words.1.attention.kv']);
    words = blocks.attend(w, 'words.1.attention', words, again, inputs.sentences, 1);
    words = blocks.swiglu(w, 'words.1.mlp', words);
    const injection = blocks.embed(w['state.embedding'], inputs.state, STATE_FEATURES);
    let pool = words;
    if (inputs.objects.length > 0) {
      let objects = blocks.embed(w['objects.embedding'], inputs.objects, OBJECT_FEATURES);
      const events = inputs.events.length > 0 ? [this.rows(objects, inputs.events)] : [];
      const read = blocks.linear(
        tf.concat([words, ...events], 0) as Tensor2D,
        w['objects.attention.kv'],
      );
      objects = blocks.attend(w, 'objects.attention', objects, read, inputs.objectReads, 1);
      objects = blocks.swiglu(w, 'objects.mlp', objects);
      pool = tf.concat([objects, words], 0);
    }
    const tokens = Array.from({ length: this.config.lLayers }, (_, layer) =>
      blocks.linear(pool, w[`L.${layer}.attention.kv`]),
    );
    return { pool, tokens, injection, spans: inputs.tokens };
  }

  private rows(of: Tensor2D, rows: Int32Array): Tensor2D {
    const { tf } = this.engine;
    return this.engine.gatherRows(of, tf.tensor1d(rows, 'int32'));
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

  /**
   * One Planner update: z_H ← H(z_H + z_L), which reads the tokens too. Only where `hasPlanner`.
   * @param spans of the N samples in the pool
   */
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

  /**
   * What the Planner's critic expects of the states before it decides, [N], in units of scaled return; absent where the
   * policy has none. Its gradient goes no further: it reads states and shapes none.
   */
  plannersValue(w: Weights, zH: Tensor2D, zL: Tensor2D): Tensor1D | undefined {
    if (!this.config.plannersCritic) return undefined;
    const { tf } = this.engine;
    return tf.reshape(this.blocks.head(w, PLANNERS_VALUE, this.detached(zH, zL)), [-1]);
  }

  /** Both states side by side, as numbers that no gradient passes. */
  private detached(zH: Tensor2D, zL: Tensor2D): Tensor2D {
    return this.engine.noGrad(() => this.engine.tf.concat([zL, zH], 1));
  }

  /** What the Planner thinks of goals with z_H, whose targets are among the tokens of the pool. */
  goals(w: Weights, zH: Tensor2D, pool: Tensor2D): GoalTensors {
    return goalTensors(this.blocks, w, zH, pool);
  }

  /** Q-values [N, 2] of halting with the kept goal and of letting the Planner think on (HRM's ACT). */
  haltValues(w: Weights, zH: Tensor2D, zL: Tensor2D): Tensor2D {
    return this.blocks.head(w, 'halt', this.engine.tf.concat([zL, zH], 1));
  }
}
