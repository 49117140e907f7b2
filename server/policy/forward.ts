import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Weights } from './blocks.ts';
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
  /** [R, goals.outputs]; absent when nobody replanned. */
  goal?: Tensor2D;
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
  const { zH, zL, halt, goal } = step(model, weights, batch);
  return {
    action: model.actionLogits(weights, zL),
    value: model.value(weights, zH, zL, valueShare),
    halt,
    goal,
  };
}
