import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Blocks, ParameterSpec, Weights } from '../blocks.ts';
import type { PolicyConfig } from '../presets.ts';

/** What tells one kind of policy from another: its reasoning modules. Encoder, heads and learner are common to all. */
export interface Kind {
  /** A preset's sizes as this kind uses them; unchanged when absent. */
  sizes?(preset: PolicyConfig): Partial<PolicyConfig>;
  /**
   * Weights of the reasoning modules, in checkpoint order. Layer l of `lLayers` reads the tokens through
   * `L.l.attention.kv`.
   */
  parameters(config: PolicyConfig): ParameterSpec[];
  /**
   * One Doer iteration: z_L from z_L + added, reading the tokens.
   * @param zL [N, latents·width], as all states here
   * @param tokens keys and values of all tokens for each layer
   */
  doer(
    blocks: Blocks,
    w: Weights,
    zL: Tensor2D,
    added: Tensor2D,
    tokens: readonly Tensor2D[],
    spans: Int32Array,
  ): Tensor2D;
  /**
   * One Planner update: z_H from z_H + z_L, reading the tokens where the kind does so. A kind without it has no slow
   * module and announces no goals.
   * @param pool all tokens, [P, width]; `spans` says which are each sample's
   */
  planner?(
    blocks: Blocks,
    w: Weights,
    zH: Tensor2D,
    zL: Tensor2D,
    pool: Tensor2D,
    spans: Int32Array,
  ): Tensor2D;
}
