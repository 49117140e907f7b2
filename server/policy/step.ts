import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { GOAL_FEATURES } from '../tasks/babyai/features.ts';
import type { Weights } from './blocks.ts';
import type { GoalTensors } from './goals/goalHead.ts';
import type { Inputs, Policy } from './model.ts';
import { pickRows } from './rows.ts';

/** What the policy thinks about at one step; B samples, arrays have one entry a sample. */
export interface StepInput {
  inputs: Inputs;
  /** Carry from the previous step, [B, latents·width] each. */
  zH: Float32Array;
  zL: Float32Array;
  /** Rows of the goals kept so far, [B, GOAL_FEATURES]. */
  goals: Int32Array;
  /** Planner updates each time it replans; the policy's own `hCycles` when absent. */
  depth?: number;
  /** 1 where the Doer does not think: its z_L, and so the action probabilities, stay as they come in. */
  doerHeld?: Uint8Array;
}

/** What is decided at a step. */
export interface Decisions {
  /** 1 where the Planner chooses a goal, [B]; R of them. */
  replanned: Uint8Array;
  /** Rows of those goals, [R, GOAL_FEATURES]. */
  newGoals: Int32Array;
}

/** Sees every state on the way. */
export interface Probe {
  /** After each iteration of the Doer: all samples, or those that replanned when it thinks `again`. */
  doer(zL: Tensor2D, again: boolean): void;
  /** For the samples that replan: z_H before the Planner thinks and after each of its updates, and all tokens. */
  planner(zH: Tensor2D, pool: Tensor2D): void;
}

/** The Doer has thought with the goals that it had. */
export type FirstThought = {
  zH: Tensor2D;
  zL: Tensor2D;
  /** From the observation alone, without a goal. */
  injection: Tensor2D;
  pool: Tensor2D;
  tokens: Tensor2D[];
  /** [B, 2]: Q of halting with the kept goal, Q of thinking on. */
  halt: Tensor2D;
  /** What the Planner's critic says, [B]; absent where it has none. */
  plannersValue?: Tensor1D;
};

/** The samples that replan. */
export interface Planners {
  rows: Int32Array;
  spans: Int32Array;
  keptGoals: Int32Array;
  /** Row of each sample in `concat([all samples, replanned samples])`: its newest state. */
  merge: Int32Array;
}

/** The Planner has thought; everything has R rows. */
export type Plan = {
  zH: Tensor2D;
  zL: Tensor2D;
  injection: Tensor2D;
  goals: GoalTensors;
};

/**
 * One step with the decisions given: the Doer thinks with the goal it has; where `replanned`, the Planner updates z_H
 * and the Doer thinks again with the new goal. Gradient flows through the last update of each phase only; the carry
 * comes in as data. `act` takes the same three parts one by one and decides between them.
 */
export function step(
  model: Policy,
  weights: Weights,
  given: StepInput & Decisions,
  probe?: Probe,
): Pick<FirstThought, 'zH' | 'zL' | 'halt' | 'plannersValue'> & {
  goals?: GoalTensors;
  samples?: Int32Array;
} {
  const first = firstThought(model, weights, given, probe);
  const planners = plannersOf(given, given.replanned);
  if (planners.rows.length === 0)
    return model.namesGoals
      ? { ...first, goals: model.goals(weights, first.zL, first.pool), samples: every(given) }
      : first;
  const planned = plan(model, weights, given, first, planners, probe);
  const { newGoals } = given;
  const last = secondThought(model, weights, given, first, planned, planners, newGoals, probe);
  const { halt, plannersValue } = first;
  return { ...last, halt, plannersValue, goals: planned.goals, samples: planners.rows };
}

const every = ({ inputs }: StepInput) => Int32Array.from({ length: inputs.batch }, (_, i) => i);

/** The Doer's phase with the goals kept so far, and the halting head's verdict on them. */
export function firstThought(
  model: Policy,
  weights: Weights,
  given: StepInput,
  probe?: Probe,
): FirstThought {
  const { tf } = model.engine;
  const { inputs } = given;
  const zH = carryOf(model, given.zH, inputs.batch);
  const { injection, pool, tokens, spans } = model.encode(weights, inputs);
  const withGoal = tf.add(injection, model.goalInjection(weights, given.goals));
  const start = carryOf(model, given.zL, inputs.batch);
  const added = tf.add(zH, withGoal) as Tensor2D;
  const thought = model.doerPhase(weights, start, added, tokens, spans, (z) =>
    probe?.doer(z, false),
  );
  const zL = unlessHeld(model, given, thought);
  const halt = model.haltValues(weights, zH, zL);
  const plannersValue = model.plannersValue(weights, zH, zL);
  return { zH, zL, injection, pool, tokens, halt, ...(plannersValue && { plannersValue }) };
}

export function plannersOf({ inputs, goals }: StepInput, replanned: Uint8Array): Planners {
  const rows = Int32Array.from(replanned.keys()).filter((i) => replanned[i] === 1);
  let next = replanned.length;
  return {
    rows,
    spans: pickRows(inputs.tokens, rows, 4),
    keptGoals: pickRows(goals, rows, GOAL_FEATURES),
    merge: Int32Array.from(replanned, (flag, i) => (flag ? next++ : i)),
  };
}

/**
 * The Planner's cycles: H updates z_H; between two updates the Doer goes on with the goal kept so far.
 * All but the last update run without gradient.
 */
export function plan(
  model: Policy,
  weights: Weights,
  { depth = model.config.hCycles }: StepInput,
  first: FirstThought,
  { rows, spans, keptGoals }: Planners,
  probe?: Probe,
): Plan {
  const ops = model.engine;
  const { tf } = ops;
  const { pool } = first;
  const index = tf.tensor1d(rows, 'int32');
  const injection = ops.gatherRows(first.injection, index);
  let zL = ops.gatherRows(first.zL, index);
  let zH = ops.gatherRows(first.zH, index);
  probe?.planner(zH, pool);
  ops.noGrad(() => {
    for (let cycle = 1; cycle < depth; cycle++) {
      zH = model.planner(weights, zH, zL, pool, spans);
      probe?.planner(zH, pool);
      const kept = model.goalInjection(weights, keptGoals);
      const added = tf.add(tf.add(zH, injection), kept) as Tensor2D;
      zL = model.doerPhase(weights, zL, added, first.tokens, spans, (z) => probe?.doer(z, true));
    }
  });
  zH = model.planner(weights, zH, zL, pool, spans);
  probe?.planner(zH, pool);
  return { zH, zL, injection, goals: model.goals(weights, zH, pool) };
}

/** The Doer's phase with the new goals, and the states of all samples after it. */
export function secondThought(
  model: Policy,
  weights: Weights,
  given: StepInput,
  first: FirstThought,
  planned: Plan,
  { spans, merge }: Planners,
  newGoals: Int32Array,
  probe?: Probe,
): { zH: Tensor2D; zL: Tensor2D } {
  const ops = model.engine;
  const { tf } = ops;
  const added = tf.add(
    tf.add(planned.zH, planned.injection),
    model.goalInjection(weights, newGoals),
  ) as Tensor2D;
  const thought = model.doerPhase(weights, planned.zL, added, first.tokens, spans, (z) =>
    probe?.doer(z, true),
  );
  const newest = tf.tensor1d(merge, 'int32');
  const zL = ops.gatherRows(tf.concat([first.zL, thought], 0), newest);
  const zH = ops.gatherRows(tf.concat([first.zH, planned.zH], 0), newest);
  return { zL: unlessHeld(model, given, zL), zH };
}

function carryOf({ engine, config }: Policy, values: Float32Array, batch: number): Tensor2D {
  return engine.tf.tensor2d(values, [batch, config.latents * config.width]);
}

/** The Doer's new state, or the one that came in where it is held. */
function unlessHeld(model: Policy, { zL, doerHeld }: StepInput, thought: Tensor2D): Tensor2D {
  if (!doerHeld?.includes(1)) return thought;
  const { tf } = model.engine;
  const [batch] = thought.shape;
  const held = tf.tensor2d(Float32Array.from(doerHeld), [batch, 1]);
  const before = tf.mul(carryOf(model, zL, batch), held);
  return tf.add(before, tf.mul(thought, tf.sub(1, held))) as Tensor2D;
}
