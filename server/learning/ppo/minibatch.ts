import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { InputBuilder } from '../../policy/inputs.ts';
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
  const replanned = pick(rollout.replanned, rows, 1);
  const planners = rows.filter((row) => rollout.replanned[row] === 1);
  return {
    inputs: builder.build(rollout.observations, rows),
    zH: pick(rollout.zH, rows, width),
    zL: pick(rollout.zL, rows, width),
    goals: pick(rollout.goals, rows, GOAL_FEATURES),
    replanned,
    newGoals: pick(rollout.newGoals, planners, GOAL_FEATURES),
    actions: pick(rollout.actions, rows, 1),
    oldLogProbs: pick(rollout.logProbs, rows, 1),
    advantages: pick(rollout.advantages, rows, 1),
    returns: pick(rollout.returns, rows, 1),
    reference: withReference ? pick(rollout.reference, rows, NUM_ACTIONS) : undefined,
    expertActions: pick(rollout.expertActions, rows, 1),
    expertSubgoals: pick(rollout.expertSubgoals, planners, 1),
    expertCells: pick(rollout.expertCells, planners, 1),
    keptGoalRight: pick(rollout.keptGoalRight, rows, 1),
  };
}

type Column = Float32Array | Int32Array | Uint8Array | Int8Array;

/** Rows of a column of `width` entries each, packed. */
function pick<T extends Column>(column: T, rows: Int32Array, width: number): T {
  const packed = new (column.constructor as new (length: number) => T)(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    if (width === 1) packed[i] = column[rows[i]];
    else packed.set(column.subarray(rows[i] * width, (rows[i] + 1) * width) as never, i * width);
  }
  return packed;
}
