import type { Tensor2D } from '@tensorflow/tfjs-core';
import { GOAL_FEATURES } from '../tasks/babyai/features.ts';
import type { Weights } from './blocks.ts';
import { type GoalClass, goalProbability, likeliest } from './goals/goalHead.ts';
import type { Policy } from './model.ts';
import { firstThought, plan, plannersOf, type StepInput, secondThought } from './step.ts';

/** What the policy is told at a step beside the observation; arrays have one entry a sample. */
export interface ActRequest extends StepInput {
  /** 1 where the Planner must choose (episode start, goal too old), 2 where it must not, 0 where it decides. */
  replanning: Uint8Array;
  /**
   * Picks the goal to announce for sample `i`; where it gives none, or is absent, the likeliest is announced.
   * @param logits goal logits; the sample's own begin at `offset`
   */
  chooseGoal?(i: number, logits: Float32Array, offset: number): GoalClass | undefined;
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
  replanned: Uint8Array;
  /** Announced goals where `replanned`, and the probability that the Planner gave them. */
  subgoals: Int8Array;
  cells: Int16Array;
  confidence: Float32Array;
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
  const subgoals = new Int8Array(batch).fill(-1);
  const cells = new Int16Array(batch).fill(-1);
  const confidence = new Float32Array(batch);
  const replanned = new Uint8Array(batch).map((_, i) => {
    const forced = model.hasPlanner ? request.replanning[i] : 2;
    return forced === 1 || (forced === 0 && halt[i * 2 + 1] > halt[i * 2]) ? 1 : 0;
  });
  const planners = plannersOf(request, replanned);
  const { rows } = planners;
  let last: { zH: Tensor2D; zL: Tensor2D } = first;
  if (rows.length > 0) {
    const planned = tf.tidy(() => plan(model, weights, request, first, planners));
    const logits = await read(planned.goal);
    const newGoals = new Int32Array(rows.length * GOAL_FEATURES);
    for (const [r, i] of rows.entries()) {
      const at = r * model.goals.outputs;
      const goal = request.chooseGoal?.(i, logits, at) ?? likeliest(model.goals, logits, at);
      subgoals[i] = goal.subgoal;
      cells[i] = goal.cell;
      confidence[i] = goalProbability(model.goals, logits, at, goal);
      model.goals.write(goal, newGoals, r * GOAL_FEATURES);
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
    replanned,
    subgoals,
    cells,
    confidence,
  };
  tf.dispose([first, last, out]);
  // A wrong kernel of a GPU writes nothing and only reports: nobody may act on such a thought.
  await model.engine.checkErrors();
  return result;
}

const read = async (tensor: { data(): Promise<unknown> }) => (await tensor.data()) as Float32Array;
