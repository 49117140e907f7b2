import { Bot } from '../../../envs/bot/index.ts';
import type { VectorEnv } from '../../../envs/index.ts';
import { Action } from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import { GoalKeeper } from '../../play/goalKeeper.ts';
import { poseOf } from '../../play/poses.ts';
import { actionTowards } from '../../play/towards.ts';
import type { GoalClass } from '../../policy/act.ts';
import { GOAL_NONE } from '../../policy/features.ts';
import type { Random } from '../../policy/random.ts';

const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');
const EXPLORE = SUBGOALS.indexOf('explore');

/** What the expert contributes to a rollout. */
export interface Teaching {
  /** Ask the expert at every step. */
  labels: boolean;
  /**
   * Share of an episode's step limit after which its answers are no longer learnt from. A policy that is stuck stays in
   * the few states in which its goals are wrong; those would be most of what it learns about goals.
   */
  labelledShare: number;
  /** Share of the worlds in which the expert acts instead of the policy. */
  demonstrations: number;
  /** Probability that a goal to be announced is the expert's instead of the Planner's. */
  goals: number;
  /** Probability of asking the Planner although the halting head would not. */
  exploreReplan: number;
  /**
   * Share of episodes that begin with a goal which is not the mission's: some object within reach of a goal, and the
   * way there as the expert's actions. They teach the Doer to obey the goal, whatever the mission says.
   */
  counterfactual: number;
  /**
   * Share of an episode's step limit after which the expert acts also in the policy's worlds: a policy
   * that walks in circles shows the learner nothing new.
   */
  patience: number;
}
export const NO_TEACHING: Teaching = {
  labels: false,
  labelledShare: 1,
  demonstrations: 0,
  goals: 0,
  exploreReplan: 0,
  counterfactual: 0,
  patience: 1,
};
/** How the expert teaches while cloning. */
export const CLONING: Teaching = {
  labels: true,
  labelledShare: 1,
  demonstrations: 0.5,
  goals: 0.7,
  exploreReplan: 0.05,
  counterfactual: 0.25,
  patience: 0.2,
};

/** How its subgoals teach beside reward: the policy acts alone. */
export const FINE_TUNING: Teaching = { ...NO_TEACHING, labels: true, labelledShare: 0.2 };

/** Not yet decided whether the episode begins with a decoy. */
const UNDECIDED = -2;
const NO_DECOY = -1;

/**
 * The expert in many worlds: what it would do, and what its goal is. Some episodes begin with a decoy: a
 * goal that is not the mission's (see `Teaching.counterfactual`).
 */
export class Teacher {
  /** The expert's action, −1 where it has none. */
  readonly action: Int32Array;
  /** Its subgoal (index into SUBGOALS, −1 for none) and the subgoal's world cell (−1 for none). */
  readonly subgoal: Int32Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  private readonly worlds: VectorEnv;
  private readonly random: Random;
  private readonly bots: Bot[];
  private readonly decoyX: Int16Array;
  private readonly decoyY: Int16Array;

  constructor(worlds: VectorEnv, random: Random) {
    const column = () => new Int32Array(worlds.size).fill(-1);
    this.action = column();
    this.subgoal = column();
    this.x = column();
    this.y = column();
    this.worlds = worlds;
    this.random = random;
    this.bots = worlds.envs.map((env) => new Bot(env));
    this.decoyX = new Int16Array(worlds.size).fill(UNDECIDED);
    this.decoyY = new Int16Array(worlds.size);
  }

  /** A new episode has begun in one world. */
  begin(env: number): void {
    this.decoyX[env] = UNDECIDED;
    this.bots[env].reset();
  }

  /** Lets the expert see the present state, without keeping what it says. */
  watch(env: number, previousAction: number): void {
    this.bots[env].next(previousAction < 0 ? undefined : previousAction);
  }

  /** Asks the expert about the present state. Once for each state, in order. */
  ask(env: number, previousAction: number): void {
    const advice = this.bots[env].next(previousAction < 0 ? undefined : previousAction);
    const known = !('stuck' in advice);
    this.action[env] = known ? advice.action : -1;
    this.subgoal[env] = known ? SUBGOALS.indexOf(advice.subgoal.kind) : -1;
    this.x[env] = known ? advice.subgoal.targetX : -1;
    this.y[env] = known ? advice.subgoal.targetY : -1;
  }

  /** The expert's goal as the agent would announce it. */
  goal(env: number): GoalClass {
    const pose = poseOf(this.worlds.envs[env].state);
    return {
      subgoal: this.subgoal[env],
      cell: GoalKeeper.classOf(pose, this.x[env], this.y[env]),
    };
  }

  /** Whether a goal is still as good as the expert's own: the same, or another place to explore that is still unseen. */
  approves(env: number, subgoal: number, x: number, y: number): boolean {
    if (subgoal !== this.subgoal[env]) return false;
    if (x === this.x[env] && y === this.y[env]) return true;
    return subgoal === EXPLORE && x >= 0 && !this.bots[env].hasSeen(x, y);
  }

  /** Whether there is a goal of the expert's to learn from in this world now. */
  labels(env: number, teaching: Teaching): boolean {
    const { stepCount, maxSteps } = this.worlds.envs[env].state;
    return (
      teaching.labels && this.subgoal[env] >= 0 && stepCount <= teaching.labelledShare * maxSteps
    );
  }

  /** Whether the expert acts in this world now. */
  acts(env: number, teaching: Teaching): boolean {
    if (this.action[env] < 0) return false;
    const { stepCount, maxSteps } = this.worlds.envs[env].state;
    return (
      env < teaching.demonstrations * this.worlds.size || stepCount > teaching.patience * maxSteps
    );
  }

  hasDecoy(env: number): boolean {
    return this.decoyX[env] >= 0;
  }

  decoyGoal(env: number): GoalClass {
    const pose = poseOf(this.worlds.envs[env].state);
    return {
      subgoal: GO_NEXT_TO,
      cell: GoalKeeper.classOf(pose, this.decoyX[env], this.decoyY[env]),
    };
  }

  /**
   * Decides on a decoy at an episode's start, and says the way to one that there is.
   * @returns true when the decoy has just ended: from now on the mission counts again
   */
  endsDecoy(env: number, share: number): boolean {
    const { state } = this.worlds.envs[env];
    if (this.decoyX[env] === UNDECIDED) this.chooseDecoy(env, share);
    if (!this.hasDecoy(env)) return false;
    const action = actionTowards(state, this.decoyX[env], this.decoyY[env]);
    if (action < 0 || action === Action.done || state.stepCount > state.maxSteps / 2) {
      this.decoyX[env] = NO_DECOY;
      return true;
    }
    this.action[env] = action;
    return false;
  }

  private chooseDecoy(env: number, share: number): void {
    this.decoyX[env] = NO_DECOY;
    if (this.random.uniform() >= share) return;
    const { state } = this.worlds.envs[env];
    const pose = poseOf(this.worlds.envs[env].state);
    const near: number[] = [];
    for (let id = 0; id < state.objectCount; id++) {
      if (!state.isInGrid(id)) continue;
      const cell = GoalKeeper.classOf(pose, state.objectX[id], state.objectY[id]);
      if (cell !== GOAL_NONE) near.push(id);
    }
    if (near.length === 0) return;
    const id = near[this.random.below(near.length)];
    this.decoyX[env] = state.objectX[id];
    this.decoyY[env] = state.objectY[id];
  }
}
