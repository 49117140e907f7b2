import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { mergeIndex, pickSpans, plannerPhase } from './act.ts';
import type { HrmModel, Inputs, Weights } from './model.ts';

/** A batch to learn from: what `act` was given, and what was decided then. */
export interface TrainInputs {
  inputs: Inputs;
  zH: Float32Array;
  zL: Float32Array;
  /** Rows of the goals kept so far, [B, GOAL_FEATURES]. */
  goals: Int32Array;
  /** 1 where the Planner chose a goal at this step. */
  replanned: Uint8Array;
  /** Rows of those goals, [R, GOAL_FEATURES], R = number of ones in `replanned`. */
  newGoals: Int32Array;
}

export interface TrainOutputs {
  /** [B, 7] */
  action: Tensor2D;
  /** [B] */
  value: Tensor1D;
  /** [B, 2] */
  halt: Tensor2D;
  /** [R, GOAL_OUTPUTS]; absent when nobody replanned. */
  goal?: Tensor2D;
}

/**
 * The computation of `act` again, with the decisions taken then, so that it can be differentiated.
 * The carry comes in as data: gradient flows through the last Doer and Planner update only.
 * @param valueShare how much of the value estimate's gradient reaches the states that it reads
 */
export function forward(
  model: HrmModel,
  weights: Weights,
  batch: TrainInputs,
  valueShare = 1,
): TrainOutputs {
  const ops = model.engine;
  const { tf } = ops;
  const { inputs } = batch;
  const width = model.config.latents * model.config.width;
  const zH = tf.tensor2d(batch.zH, [inputs.batch, width]);
  const context = model.encode(weights, inputs);
  const injection = tf.add(
    context.injection,
    model.goalInjection(weights, batch.goals),
  ) as Tensor2D;
  const start = tf.tensor2d(batch.zL, [inputs.batch, width]);
  const zL = model.doerPhase(weights, start, tf.add(zH, injection), context.tokens, context.spans);
  const halt = model.haltValues(weights, zH, zL);
  const rows = Int32Array.from(rowsOf(batch.replanned));
  if (rows.length === 0) {
    const value = model.value(weights, zH, zL, valueShare);
    return { action: model.actionLogits(weights, zL), value, halt };
  }
  const spans = pickSpans(inputs.tokens, rows);
  const from = { zL, zH, injection: context.injection, tokens: context.tokens };
  const planned = plannerPhase(model, weights, from, rows, spans, batch.goals);
  const added = tf.add(
    tf.add(planned.zH, planned.injection),
    model.goalInjection(weights, batch.newGoals),
  ) as Tensor2D;
  const thought = model.doerPhase(weights, planned.zL, added, context.tokens, spans);
  const merge = tf.tensor1d(mergeIndex(batch.replanned), 'int32');
  const finalL = ops.gatherRows(tf.concat([zL, thought], 0), merge);
  const finalH = ops.gatherRows(tf.concat([zH, planned.zH], 0), merge);
  return {
    action: model.actionLogits(weights, finalL),
    value: model.value(weights, finalH, finalL, valueShare),
    halt,
    goal: planned.goal,
  };
}

function* rowsOf(flags: Uint8Array): Generator<number> {
  for (let i = 0; i < flags.length; i++) if (flags[i]) yield i;
}
