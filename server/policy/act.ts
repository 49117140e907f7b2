import type { Tensor2D } from '@tensorflow/tfjs-core';
import {
  GOAL_CELLS,
  GOAL_FEATURES,
  GOAL_REACH,
  GOAL_SPAN,
  goalRows,
  NUM_SUBGOALS,
} from './features.ts';
import type { HrmModel, Inputs, Weights } from './model.ts';
import { GOAL_OUTPUTS } from './parameters.ts';

/** What the policy is told at a step beside the observation; arrays have one entry a sample. */
export interface ActRequest {
  inputs: Inputs;
  /** Carry from the previous step, [B, latents·width] each. */
  zH: Float32Array;
  zL: Float32Array;
  /** Rows of the goals kept so far, [B, GOAL_FEATURES]. */
  goals: Int32Array;
  /** 1 where the Planner must choose (episode start, goal too old), 2 where it must not, 0 where it decides. */
  replanning: Uint8Array;
  /** Planner updates each time it replans; the policy's own `hCycles` when absent. */
  depth?: number;
  /** 1 where the Doer does not think: its z_L, and so the action probabilities, stay as they come in. */
  doerHeld?: Uint8Array;
  /**
   * Picks the goal to announce for sample `i`.
   * @param logits goal logits; the sample's GOAL_OUTPUTS values begin at `offset`
   */
  chooseGoal(i: number, logits: Float32Array, offset: number): GoalClass;
}

export interface GoalClass {
  subgoal: number;
  /** Class of the target cell in the agent's frame (see `features.ts`). */
  cell: number;
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

/**
 * One decision for a batch, without gradient: the Doer thinks with the goal it has; where the halting
 * head (or the caller) says so, the Planner updates z_H and announces a goal, and the Doer thinks again.
 */
export async function act(
  model: HrmModel,
  weights: Weights,
  request: ActRequest,
): Promise<ActResult> {
  const { tf } = model.engine;
  const { inputs } = request;
  const batch = inputs.batch;
  const width = model.config.latents * model.config.width;
  const asTensor = (values: Float32Array) => tf.tensor2d(values, [batch, width]);
  const held = request.doerHeld;
  const holding = held?.some((flag) => flag === 1) === true;
  /** The Doer's new state, or the one that came in where it is held. */
  const unlessHeld = (thought: Tensor2D): Tensor2D => {
    if (!held || !holding) return thought;
    const kept = tf.tensor2d(Float32Array.from(held), [batch, 1]);
    return tf.add(tf.mul(asTensor(request.zL), kept), tf.mul(thought, tf.sub(1, kept))) as Tensor2D;
  };

  const first = tf.tidy(() => {
    const context = model.encode(weights, inputs);
    const zH = asTensor(request.zH);
    const injection = tf.add(
      context.injection,
      model.goalInjection(weights, request.goals),
    ) as Tensor2D;
    const zL = unlessHeld(
      model.doerPhase(
        weights,
        asTensor(request.zL),
        tf.add(zH, injection),
        context.tokens,
        context.spans,
      ),
    );
    return {
      zL,
      zH,
      injection: context.injection,
      tokens: context.tokens,
      halt: model.haltValues(weights, zH, zL),
    };
  });
  const halt = (await first.halt.data()) as Float32Array;
  const replanned = new Uint8Array(batch);
  const rows: number[] = [];
  for (let i = 0; i < batch; i++) {
    const forced = model.hasPlanner ? request.replanning[i] : 2;
    if (forced === 1 || (forced === 0 && halt[i * 2 + 1] > halt[i * 2])) {
      replanned[i] = 1;
      rows.push(i);
    }
  }
  const subgoals = new Int8Array(batch).fill(-1);
  const cells = new Int16Array(batch).fill(-1);
  const confidence = new Float32Array(batch);
  let { zL, zH } = first;
  if (rows.length > 0) {
    const chosen = Int32Array.from(rows);
    const spans = pickSpans(inputs.tokens, chosen);
    const planned = tf.tidy(() =>
      plannerPhase(model, weights, first, chosen, spans, request.goals, request.depth),
    );
    const logits = (await planned.goal.data()) as Float32Array;
    const goals = new Int32Array(rows.length * GOAL_FEATURES);
    for (let r = 0; r < rows.length; r++) {
      const goal = request.chooseGoal(rows[r], logits, r * GOAL_OUTPUTS);
      subgoals[rows[r]] = goal.subgoal;
      cells[rows[r]] = goal.cell;
      confidence[rows[r]] = goalProbability(logits, r * GOAL_OUTPUTS, goal);
      writeGoalClass(goal, goals, r * GOAL_FEATURES);
    }
    const merged = tf.tidy(() => {
      const merge = tf.tensor1d(mergeIndex(replanned), 'int32');
      const added = tf.add(
        tf.add(planned.zH, planned.injection),
        model.goalInjection(weights, goals),
      ) as Tensor2D;
      const thought = model.doerPhase(weights, planned.zL, added, planned.tokens, spans);
      const ops = model.engine;
      return {
        zL: unlessHeld(ops.gatherRows(tf.concat([first.zL, thought], 0), merge)),
        zH: ops.gatherRows(tf.concat([first.zH, planned.zH], 0), merge),
      };
    });
    tf.dispose([planned.goal, planned.zH, planned.zL, planned.injection, first.zL, first.zH]);
    zL = merged.zL;
    zH = merged.zH;
  }
  const out = tf.tidy(() => ({
    probabilities: tf.softmax(model.actionLogits(weights, zL)),
    values: model.value(weights, zH, zL),
  }));
  const result: ActResult = {
    zH: (await zH.data()) as Float32Array,
    zL: (await zL.data()) as Float32Array,
    probabilities: (await out.probabilities.data()) as Float32Array,
    values: (await out.values.data()) as Float32Array,
    halt,
    replanned,
    subgoals,
    cells,
    confidence,
  };
  tf.dispose([zH, zL, out.probabilities, out.values, first.halt, first.injection, ...first.tokens]);
  // A wrong kernel of a GPU writes nothing and only reports: nobody may act on such a thought.
  await model.engine.checkErrors();
  return result;
}

type Thought = {
  zL: Tensor2D;
  zH: Tensor2D;
  /** Of the observation alone, without any goal. */
  injection: Tensor2D;
  tokens: Tensor2D[];
};

/**
 * The Planner's cycles for the samples in `rows`: H updates z_H; between two updates the Doer goes on
 * with the goal kept so far. All but the last update run without gradient.
 */
export function plannerPhase(
  model: HrmModel,
  weights: Weights,
  from: Thought,
  rows: Int32Array,
  spans: Int32Array,
  goals: Int32Array,
  cycles = model.config.hCycles,
): Thought & { goal: Tensor2D } {
  const ops = model.engine;
  const { tf } = ops;
  const index = tf.tensor1d(rows, 'int32');
  const injection = ops.gatherRows(from.injection, index);
  let zL = ops.gatherRows(from.zL, index);
  let zH = ops.gatherRows(from.zH, index);
  model.engine.noGrad(() => {
    for (let cycle = 1; cycle < cycles; cycle++) {
      zH = model.planner(weights, zH, zL);
      const kept = model.goalInjection(weights, pickGoals(goals, rows));
      const added = tf.add(tf.add(zH, injection), kept) as Tensor2D;
      zL = model.doerPhase(weights, zL, added, from.tokens, spans);
    }
  });
  zH = model.planner(weights, zH, zL);
  return { zH, zL, injection, tokens: from.tokens, goal: model.goalLogits(weights, zH) };
}

/** Row of each sample in `concat([all samples, replanned samples])`: its newest state. */
export function mergeIndex(replanned: Uint8Array): Int32Array {
  const index = new Int32Array(replanned.length);
  let next = replanned.length;
  for (let i = 0; i < index.length; i++) index[i] = replanned[i] ? next++ : i;
  return index;
}

export function pickSpans(tokens: Int32Array, rows: Int32Array): Int32Array {
  const spans = new Int32Array(rows.length * 4);
  for (let r = 0; r < rows.length; r++)
    spans.set(tokens.subarray(rows[r] * 4, rows[r] * 4 + 4), r * 4);
  return spans;
}

export function pickGoals(goals: Int32Array, rows: Int32Array): Int32Array {
  const picked = new Int32Array(rows.length * GOAL_FEATURES);
  for (let r = 0; r < rows.length; r++) {
    const at = rows[r] * GOAL_FEATURES;
    picked.set(goals.subarray(at, at + GOAL_FEATURES), r * GOAL_FEATURES);
  }
  return picked;
}

/** Rows of a goal at the moment it is announced. */
export function writeGoalClass(goal: GoalClass, out: Int32Array, at: number): void {
  const hasTarget = goal.cell < GOAL_CELLS;
  const right = (goal.cell % GOAL_SPAN) - GOAL_REACH;
  const forward = Math.floor(goal.cell / GOAL_SPAN) - GOAL_REACH;
  goalRows(goal.subgoal, hasTarget, right, forward, out, at);
}

/** The most likely subgoal and target of one sample's goal logits. */
export function likeliestGoal(logits: Float32Array, offset: number): GoalClass {
  return {
    subgoal: argmax(logits, offset, NUM_SUBGOALS),
    cell: argmax(logits, offset + NUM_SUBGOALS, GOAL_CELLS + 1),
  };
}

/** Probability that the Planner gives to a goal: subgoal's times target's. */
export function goalProbability(logits: Float32Array, offset: number, goal: GoalClass): number {
  const at = offset + NUM_SUBGOALS;
  return (
    softmaxAt(logits, offset, NUM_SUBGOALS, goal.subgoal) *
    softmaxAt(logits, at, GOAL_CELLS + 1, goal.cell)
  );
}

export function argmax(values: Float32Array, offset: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[offset + i] > values[offset + best]) best = i;
  return best;
}

function softmaxAt(values: Float32Array, offset: number, count: number, index: number): number {
  const top = values[offset + argmax(values, offset, count)];
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(values[offset + i] - top);
  return Math.exp(values[offset + index] - top) / sum;
}
