import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { InputBuilder } from '../../policy/inputs.ts';
import { pickRows } from '../../policy/rows.ts';
import { GOAL_FEATURES } from '../../tasks/babyai/features.ts';
import type { PlannersDecisions } from '../rollout/plannersDecisions.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Minibatch, PlannersBatch } from './lossTypes.ts';
import type { StartOutputs } from './startOutputs.ts';

/**
 * The samples `rows` of a rollout as one minibatch, in that order.
 * @param allName whether every sample names a goal, not only those that replanned
 */
export function minibatchOf(
  rollout: Rollout,
  rows: Int32Array,
  builder: InputBuilder,
  withReference: boolean,
  withPlanner = false,
  allName = false,
  start?: StartOutputs,
): Minibatch {
  const width = rollout.carryWidth;
  const replanned = pickRows(rollout.replanned, rows, 1);
  const planners = rows.filter((row) => rollout.replanned[row] === 1);
  const named = allName ? rows : planners;
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
    expertSubgoals: pickRows(rollout.expertSubgoals, named, 1),
    expertTargets: pickRows(rollout.expertTargets, named, 1),
    keptGoalRight: pickRows(rollout.keptGoalRight, rows, 1),
    planner: withPlanner
      ? plannersBatch(rollout.planner, rows, planners, withReference)
      : undefined,
    start: start?.batch(rows, named),
  };
}

function plannersBatch(
  decisions: PlannersDecisions,
  rows: Int32Array,
  planners: Int32Array,
  withReference: boolean,
): PlannersBatch {
  return {
    gates: pickRows(decisions.gates, rows, 1),
    gateLogProbs: pickRows(decisions.gateLogProbs, rows, 1),
    gateAdvantages: pickRows(decisions.gateAdvantages, rows, 1),
    returns: pickRows(decisions.returns, rows, 1),
    subgoals: pickRows(decisions.subgoals, planners, 1),
    targets: pickRows(decisions.targets, planners, 1),
    goalLogProbs: pickRows(decisions.goalLogProbs, planners, 1),
    goalAdvantages: pickRows(decisions.goalAdvantages, planners, 1),
    startGates: withReference ? pickRows(decisions.startGates, rows, 1) : undefined,
    startGoals: withReference ? pickRows(decisions.startGoals, planners, 1) : undefined,
  };
}
