import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { InputBuilder } from '../../policy/inputs.ts';
import { pickRows } from '../../policy/rows.ts';
import { GOAL_FEATURES } from '../../tasks/babyai/features.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Minibatch } from './lossTypes.ts';

/** The samples `rows` of a rollout as one minibatch, in that order. */
export function minibatchOf(
  rollout: Rollout,
  rows: Int32Array,
  builder: InputBuilder,
  withReference: boolean,
): Minibatch {
  const width = rollout.carryWidth;
  const replanned = pickRows(rollout.replanned, rows, 1);
  const planners = rows.filter((row) => rollout.replanned[row] === 1);
  return {
    inputs: builder.build(rollout.observations, rows),
    zH: pickRows(rollout.zH, rows, width),
    zL: pickRows(rollout.zL, rows, width),
    goals: pickRows(rollout.goals, rows, GOAL_FEATURES),
    replanned,
    newGoals: pickRows(rollout.newGoals, planners, GOAL_FEATURES),
    actions: pickRows(rollout.actions, rows, 1),
    oldLogProbs: pickRows(rollout.logProbs, rows, 1),
    advantages: pickRows(rollout.advantages, rows, 1),
    returns: pickRows(rollout.returns, rows, 1),
    reference: withReference ? pickRows(rollout.reference, rows, NUM_ACTIONS) : undefined,
    expertActions: pickRows(rollout.expertActions, rows, 1),
    expertSubgoals: pickRows(rollout.expertSubgoals, planners, 1),
    expertTargets: pickRows(rollout.expertTargets, planners, 1),
    keptGoalRight: pickRows(rollout.keptGoalRight, rows, 1),
  };
}
