import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Blocks, ParameterSpec, Weights } from '../blocks.ts';
import type { PolicyConfig } from '../presets.ts';

/** A goal as the Planner states it. */
export interface GoalClass {
  subgoal: number;
  /** Class of the target, which `GoalHead` gives its meaning. */
  cell: number;
}

/** One of the independent choices that make up a goal: a softmax over a part of the logits. */
export interface GoalChoice {
  part: keyof GoalClass;
  /** First of its logits in a sample's. */
  from: number;
  classes: number;
}

/**
 * How the Planner states its goals. The loss, the likeliest goal and its probability follow from `choices`; classes
 * that a sample does not offer have logits far below all others.
 */
export interface GoalHead {
  choices: readonly GoalChoice[];
  /** Logits of one sample: those of all choices. */
  outputs: number;
  parameters(config: PolicyConfig): ParameterSpec[];
  /**
   * Goal logits [N, outputs] from the Planner's state [N, latents·width].
   * @param pool all tokens, [R + W, width], and each sample's `spans` of them (see `Inputs.tokens`)
   */
  logits(blocks: Blocks, w: Weights, zH: Tensor2D, pool: Tensor2D, spans: Int32Array): Tensor2D;
  /** Rows of a goal's embedding at the moment it is announced, GOAL_FEATURES from `at` on. */
  write(goal: GoalClass, out: Int32Array, at: number): void;
}

/** The choice that decides a part of the goal. */
export function choiceOf({ choices }: GoalHead, part: keyof GoalClass): GoalChoice {
  return choices.find((choice) => choice.part === part) as GoalChoice;
}

/** The likeliest class of each choice in one sample's logits, which begin at `offset`. */
export function likeliest({ choices }: GoalHead, logits: Float32Array, offset: number): GoalClass {
  const goal: GoalClass = { subgoal: 0, cell: 0 };
  for (const { part, from, classes } of choices)
    goal[part] = argmax(logits, offset + from, classes);
  return goal;
}

/** Probability that the Planner gives to a goal: the product over its choices. */
export function goalProbability(
  { choices }: GoalHead,
  logits: Float32Array,
  offset: number,
  goal: GoalClass,
): number {
  return choices.reduce((product, { part, from, classes }) => {
    const at = offset + from;
    const top = logits[at + argmax(logits, at, classes)];
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += Math.exp(logits[at + i] - top);
    return (product * Math.exp(logits[at + goal[part]] - top)) / sum;
  }, 1);
}

/** Index of the greatest of `count` values from `offset` on, the first of equals. */
export function argmax(values: Float32Array, offset: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[offset + i] > values[offset + best]) best = i;
  return best;
}

/** Softmax of `count` values that begin at `offset`. */
export function softmax(values: Float32Array, offset: number, count: number): Float32Array {
  const slice = values.slice(offset, offset + count);
  const top = slice.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += slice[i] = Math.exp(slice[i] - top);
  for (let i = 0; i < count; i++) slice[i] /= sum;
  return slice;
}
