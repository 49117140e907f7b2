import type { BabyAIEnv, StepResult } from '../../envs/index.ts';
import { Action } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { GoalOverride } from '../../shared/play.ts';
import type { ActResult } from '../policy/act.ts';
import type { ObservationRows } from '../policy/inputs.ts';
import type { GoalKeeper } from './goalKeeper.ts';

/** A goal that the Planner is given from outside, in world cells. */
export interface GivenGoal {
  /** Index into SUBGOALS. */
  subgoal: number;
  x: number;
  y: number;
  until: GoalOverride['until'];
}

/** Follows the one episode of an evaluation as it is played, and may interfere; see `play.ts`. */
export interface Steering {
  /** The world has just been reset. */
  begin(env: BabyAIEnv): void;
  /** A goal to take up at this step, which counts from 0. */
  goal(step: number): GivenGoal | undefined;
  /** An action to take whatever the policy proposes. */
  action(step: number): number | undefined;
  /** What the policy is about to think with; the arrays change afterwards. */
  thinking?(rows: ObservationRows, zH: Float32Array, zL: Float32Array, goals: Int32Array): void;
  /** The policy has decided; `goals` are those after announcing, of world 0. */
  decided(thought: ActResult, goals: GoalKeeper): void;
  /** A step has been made; true ends the episode here. */
  stepped(action: number, result: StepResult): boolean;
}

const ARRIVING: readonly string[] = ['explore', 'goNextTo', 'done'];

/**
 * Whether the Planner may decide again: the target was reached and, where something was to be done
 * there, an action that handles things has been taken.
 */
export function isDealtWith(given: GivenGoal, reached: boolean, action: number): boolean {
  if (given.until === 'end' || !reached) return false;
  return ARRIVING.includes(SUBGOALS[given.subgoal]) || action >= Action.pickup;
}
