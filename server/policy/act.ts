import type { Tensor2D } from '@tensorflow/tfjs-core';
import { GOAL_FEATURES, goalRows } from '../tasks/babyai/features.ts';
import type { Offset } from '../tasks/babyai/targets.ts';
import type { Weights } from './blocks.ts';
import {
  type GoalChoice,
  type GoalOptions,
  goalProbability,
  goalTables,
  likeliestGoal,
  readScores,
} from './goals/goalHead.ts';
import type { Policy } from './model.ts';
import { firstThought, plan, plannersOf, type StepInput, secondThought } from './step.ts';

export {
  argmax,
  drawnGoal,
  type GoalChoice,
  type GoalOptions,
  likeliestGoal,
} from './goals/goalHead.ts';

/** What the policy is told at a step beside the observation; arrays have one entry a sample. */
export interface ActRequest extends StepInput {
  /** 1 where the Planner must choose (episode start, goal too old), 2 where it must not, 0 where it decides. */
  replanning: Uint8Array;
  /** Picks the goal to announce for sample `i`; where it gives none, or is absent, the likeliest is announced. */
  chooseGoal?(i: number, options: GoalOptions): GoalChoice | undefined;
  /** Whether the halting head keeps the goal of sample `i`; by default where it finds that better. */
  chooseHalt?(i: number, keep: number, think: number): boolean | undefined;
}

export interface ActResult {
  /** New carry, [B, latents·width] each. */
  zH: Float32Array;
  zL: Float32Array;
  /** [B, 7] */
  probabilities: Float32Array;
  values: Float32Array;
  /** [B, 2]: Q of halting with the kept goal, Q of thinking on. */
  halt: Float32Array;
  /** What the Planner's critic says before the Planner decides; absent where it has none. */
  plannersValues?: Float32Array;
  /** 1 where the halting head, or who drew for it, decided whether to replan. */
  asked: Uint8Array;
  replanned: Uint8Array;
  /** Announced goals where `replanned`, and the probability that the Planner gave them. */
  subgoals: Int8Array;
  targets: Int16Array;
  confidence: Float32Array;
  /** Where those goals aim, [B, 3]: 1 with a target, cells to the right, cells ahead. */
  places: Int32Array;
}

/** One step for a batch, without gradient: the halting head, or the caller, says who replans and what the goals are. */
export async function act(
  model: Policy,
  weights: Weights,
  request: ActRequest,
): Promise<ActResult> {
  const { tf } = model.engine;
  const { batch } = request.inputs;
  const first = tf.tidy(() => firstThought(model, weights, request));
  const halt = await read(first.halt);
  const plannersValues = first.plannersValue && (await read(first.plannersValue));
  const subgoals = new Int8Array(batch).fill(-1);
  const targets = new Int16Array(batch).fill(-1);
  const places = new Int32Array(batch * PLACE);
  const confidence = new Float32Array(batch);
  const asked = new Uint8Array(batch);
  const replanned = new Uint8Array(batch).map((_, i) => {
    const forced = model.hasPlanner ? request.replanning[i] : 2;
    if (forced !== 0) return forced === 1 ? 1 : 0;
    asked[i] = 1;
    const [keep, think] = [halt[i * 2], halt[i * 2 + 1]];
    return (request.chooseHalt?.(i, keep, think) ?? think <= keep) ? 0 : 1;
  });
  const planners = plannersOf(request, replanned);
  const { rows } = planners;
  let last: { zH: Tensor2D; zL: Tensor2D } = first;
  if (rows.length > 0) {
    const planned = tf.tidy(() => plan(model, weights, request, first, planners));
    const scores = await readScores(
      { ...planned.goals, ...goalTables(weights) },
      request.inputs,
      rows,
    );
    const newGoals = new Int32Array(rows.length * GOAL_FEATURES);
    for (const [r, i] of rows.entries()) {
      const options = scores.options(r);
      const goal = request.chooseGoal?.(i, options) ?? likeliestGoal(options);
      const place = scores.place(r, goal.target);
      subgoals[i] = goal.subgoal;
      targets[i] = goal.target;
      confidence[i] = goalProbability(options, goal);
      if (place) places.set([1, place.right, place.forward], i * PLACE);
      writeGoal(goal.subgoal, places, i, newGoals, r * GOAL_FEATURES);
    }
    last = tf.tidy(() =>
      secondThought(model, weights, request, first, planned, planners, newGoals),
    );
    tf.dispose([planned, first.zL, first.zH]);
  }
  const out = tf.tidy(() => ({
    probabilities: tf.softmax(model.actionLogits(weights, last.zL)),
    values: model.value(weights, last.zH, last.zL),
  }));
  const result: ActResult = {
    zH: await read(last.zH),
    zL: await read(last.zL),
    probabilities: await read(out.probabilities),
    values: await read(out.values),
    halt,
    plannersValues,
    asked,
    replanned,
    subgoals,
    targets,
    confidence,
    places,
  };
  tf.dispose([first, last, out]);
  // A wrong kernel of a GPU writes nothing and only reports: nobody may act on such a thought.
  await model.engine.checkErrors();
  return result;
}

/** Numbers of a place in `ActResult.places`. */
const PLACE = 3;

/** Embedding rows of the goal that sample `i` announces, as it announces it. */
export function writeGoal(
  subgoal: number,
  places: Int32Array,
  i: number,
  out: Int32Array,
  at: number,
): void {
  const [has, right, forward] = places.subarray(i * PLACE, (i + 1) * PLACE);
  goalRows(subgoal, has === 1, right, forward, out, at);
}

/** Where sample `i` aims; undefined without a target. */
export function placeIn(places: Int32Array, i: number): Offset | undefined {
  const [has, right, forward] = places.subarray(i * PLACE, (i + 1) * PLACE);
  return has === 1 ? { right, forward } : undefined;
}

const read = async (tensor: { data(): Promise<unknown> }) => (await tensor.data()) as Float32Array;
