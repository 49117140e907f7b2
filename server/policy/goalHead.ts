import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type Blocks, type ParameterSpec, Specs, type Weights } from './blocks.ts';
import { GOAL_CELLS, GOAL_REACH, GOAL_SPAN, goalRows, NUM_SUBGOALS } from './features.ts';
import type { PolicyConfig } from './presets.ts';

/** A goal as the Planner states it. */
export interface GoalClass {
  subgoal: number;
  /** Class of the target cell in the agent's frame (see `features.ts`). */
  cell: number;
}

/** One of the independent choices that make up a goal: a softmax over a part of the logits. */
export interface GoalChoice {
  part: keyof GoalClass;
  /** First of its logits in a sample's. */
  from: number;
  classes: number;
}

/** Subgoal, and target cell or none. The loss, the likeliest goal and its probability follow from this list. */
export const GOAL_CHOICES: readonly GoalChoice[] = [
  { part: 'subgoal', from: 0, classes: NUM_SUBGOALS },
  { part: 'cell', from: NUM_SUBGOALS, classes: GOAL_CELLS + 1 },
];

/** Logits of one sample. */
export const GOAL_OUTPUTS = GOAL_CHOICES.reduce((sum, { classes }) => sum + classes, 0);

export function goalParameters(config: PolicyConfig): ParameterSpec[] {
  const specs = new Specs('goal', config);
  return specs.head('goal', config.latents * config.width, GOAL_OUTPUTS, 0.02);
}

/** Goal logits [N, GOAL_OUTPUTS], read from the Planner's state alone. */
export function goalLogits(blocks: Blocks, w: Weights, zH: Tensor2D): Tensor2D {
  return blocks.head(w, 'goal', zH);
}

/** Rows of a goal at the moment it is announced. */
export function writeGoalClass(goal: GoalClass, out: Int32Array, at: number): void {
  const hasTarget = goal.cell < GOAL_CELLS;
  const right = (goal.cell % GOAL_SPAN) - GOAL_REACH;
  const forward = Math.floor(goal.cell / GOAL_SPAN) - GOAL_REACH;
  goalRows(goal.subgoal, hasTarget, right, forward, out, at);
}

/** The likeliest class of each choice in one sample's logits, which begin at `offset`. */
export function likeliestGoal(logits: Float32Array, offset: number): GoalClass {
  const goal: GoalClass = { subgoal: 0, cell: 0 };
  for (const { part, from, classes } of GOAL_CHOICES)
    goal[part] = argmax(logits, offset + from, classes);
  return goal;
}

/** Probability that the Planner gives to a goal: the product over its choices. */
export function goalProbability(logits: Float32Array, offset: number, goal: GoalClass): number {
  return GOAL_CHOICES.reduce(
    (product, { part, from, classes }) =>
      product * softmaxAt(logits, offset + from, classes, goal[part]),
    1,
  );
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

function softmaxAt(values: Float32Array, offset: number, count: number, index: number): number {
  const top = values[offset + argmax(values, offset, count)];
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(values[offset + i] - top);
  return Math.exp(values[offset + index] - top) / sum;
}
