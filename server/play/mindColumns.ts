import { NUM_ACTIONS } from '../../shared/constants.ts';
import type { Replay } from '../../shared/replay.ts';
import type { ActResult } from '../policy/act.ts';
import type { GoalKeeper } from './goalKeeper.ts';

export type Mind = NonNullable<Replay['mind']>;

/** The columns of a replay that hold what the policy thought, without any step yet. */
export function newMind(): Mind {
  return {
    probabilities: [],
    values: [],
    subgoals: [],
    goalX: [],
    goalY: [],
    confidence: [],
    replans: [],
    ponder: [],
  };
}

/**
 * Adds what the policy thought before a step of world `env`; goals are those after announcing.
 * @param rewardScale factor on rewards inside the learner: values are shown without it
 */
export function noteThought(
  mind: Mind,
  env: number,
  thought: ActResult,
  goals: GoalKeeper,
  rewardScale: number,
): void {
  for (let a = 0; a < NUM_ACTIONS; a++) {
    mind.probabilities.push(Math.round(1000 * thought.probabilities[env * NUM_ACTIONS + a]));
  }
  mind.values.push(round(thought.values[env] / rewardScale, 4));
  mind.subgoals.push(goals.subgoal[env]);
  mind.goalX.push(goals.x[env]);
  mind.goalY.push(goals.y[env]);
  const kept = mind.confidence.at(-1) ?? 0;
  mind.confidence.push(thought.replanned[env] ? Math.round(1000 * thought.confidence[env]) : kept);
  mind.replans.push(thought.replanned[env]);
  mind.ponder.push(1 + thought.replanned[env]);
}

/** Rounded to so many places; 0 for what is no number. */
export function round(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0;
}
