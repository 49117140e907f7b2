import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Weights } from './blocks.ts';
import { type GoalTensors, goalTables } from './goals/goalHead.ts';
import type { Policy } from './model.ts';
import { type Decisions, type StepInput, step } from './step.ts';

/** A batch to learn from: what `act` was given, and what was decided then. */
export type TrainInputs = Omit<StepInput, 'depth' | 'doerHeld'> & Decisions;

export interface TrainOutputs {
  /** [B, 7] */
  action: Tensor2D;
  /** [B] */
  value: Tensor1D;
  /** [B, 2] */
  halt: Tensor2D;
  /** What the Planner's critic says, [B]; absent where it has none. */
  plannersValue?: Tensor1D;
  /** For the R samples that name a goal (those that replanned, or all where it is only named); absent when there are none. */
  goals?: GoalTensors & ReturnType<typeof goalTables>;
  /** Those samples, [R]. */
  samples: Int32Array;
}

/**
 * The step of `act` again, with the decisions taken then, so that it can be differentiated.
 * @param valueShare how much of the value estimate's gradient reaches the states that it reads
 */
export function forward(
  model: Policy,
  weights: Weights,
  batch: TrainInputs,
  valueShare = 1,
): TrainOutputs {
  const { zH, zL, halt, plannersValue, goals, samples } = step(model, weights, batch);
  return {
    action: model.actionLogits(weights, zL),
    value: model.value(weights, zH, zL, valueShare),
    halt,
    plannersValue,
    goals: goals && { ...goals, ...goalTables(weights) },
    samples: samples ?? new Int32Array(0),
  };
}
