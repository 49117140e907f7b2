import type { TrainInputs } from '../../policy/forward.ts';
import type { GoalNumbers } from '../../policy/goals/goalHead.ts';

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
  /** The expert's subgoal and target class for each sample that names a goal, [R]; −1 where there is none. */
  expertSubgoals: Int32Array;
  expertTargets: Int32Array;
  /** 1 where the goal kept so far was still the expert's, 0 where not, −1 where unknown. */
  keptGoalRight: Int8Array;
  /** The Planner's own decisions; absent where it does not learn from reward. */
  planner?: PlannersBatch;
  /** What the starting policy makes of the samples that are to stay as they were; absent where nothing pulls there. */
  start?: StartBatch;
}

/** Probabilities that the starting policy gives; see `StartOutputs`. */
export interface StartBatch {
  /** For each sample: 1 where it is to stay as it was. */
  pulled: Uint8Array;
  /** [B, NUM_ACTIONS] */
  actions: Float32Array;
  /** Probability of keeping the goal, [B]; −1 where there was no choice. */
  keeps: Float32Array;
  /** For each replanned sample: its subgoals [R, NUM_SUBGOALS]; the subgoal whose targets follow, −1 where there is none; and those targets. */
  subgoals: Float32Array;
  asked: Int32Array;
  targets: (Float32Array | undefined)[];
}

/** What the Planner decided and how it turned out; see `PlannersDecisions`. */
export interface PlannersBatch {
  /** For each sample. */
  gates: Int8Array;
  gateLogProbs: Float32Array;
  gateAdvantages: Float32Array;
  returns: Float32Array;
  /** For each replanned sample, [R]. */
  subgoals: Int32Array;
  targets: Int32Array;
  goalLogProbs: Float32Array;
  goalAdvantages: Float32Array;
  /** log π of the same by the starting policy; absent when nothing pulls towards it. */
  startGates?: Float32Array;
  startGoals?: Float32Array;
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
  /** Weight of the pull in samples that are to stay as they were, for actions, goals and keeping them. */
  pull: number;
  goal: number;
  /** How much the Planner's goals and its replanning learn from reward; 0 leaves them alone. */
  planner: number;
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
  'plannerLoss',
  'plannerValueLoss',
  'plannerEntropy',
  'plannerKl',
  'plannerKlReference',
] as const;

/** Means over a minibatch, by name. */
export type Stats = Record<(typeof LOSS_STATS)[number], number>;

/** What the policy put out, as plain numbers; see `TrainOutputs`. */
export interface Outputs {
  action: Float32Array;
  value: Float32Array;
  halt: Float32Array;
  plannersValue?: Float32Array;
  goals?: GoalNumbers;
}

/** The loss, its slope for every output, and what was measured on the way. */
export interface Slopes extends Outputs {
  loss: number;
  stats: Stats;
}

/** How many labels there are; below 0 is none. */
export function known(labels: Int32Array | Int8Array): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) count++;
  return count;
}
