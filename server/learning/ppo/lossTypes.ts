import type { TrainInputs } from '../../policy/forward.ts';

/** One minibatch; arrays have one entry a sample unless said otherwise. */
export interface Minibatch extends TrainInputs {
  actions: Int32Array;
  /** log π(a) when it was played. */
  oldLogProbs: Float32Array;
  advantages: Float32Array;
  returns: Float32Array;
  /** Action probabilities of the starting policy, [B, 7]; absent when nothing pulls towards it. */
  reference?: Float32Array;
  /** The expert's action, −1 where there is none. */
  expertActions: Int32Array;
  /** The expert's subgoal and target class for each replanned sample, [R]; −1 where there is none. */
  expertSubgoals: Int32Array;
  expertTargets: Int32Array;
  /** 1 where the goal kept so far was still the expert's, 0 where not, −1 where unknown. */
  keptGoalRight: Int8Array;
}

export interface LossWeights {
  /** 1: learn from reward (PPO); 0: learn from the expert alone (cloning). */
  policy: number;
  cloning: number;
  value: number;
  /** How much of the value's gradient reaches Planner and Doer, 0 to 1. */
  valueShare: number;
  entropy: number;
  reference: number;
  goal: number;
  clip: number;
}

/** Names of the numbers that `objective` measures beside the loss, in this order. */
export const LOSS_STATS = [
  'policyLoss',
  'valueLoss',
  'entropy',
  'kl',
  'clipFraction',
  'klReference',
  'cloningLoss',
  'actionHits',
  'goalLoss',
  'subgoalHits',
  'targetHits',
  'goalCount',
  'haltLoss',
] as const;

/** How many labels there are; below 0 is none. */
export function known(labels: Int32Array | Int8Array): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) count++;
  return count;
}
