import { Action, NUM_ACTIONS } from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import { type ActionSource, type GoalSource, Replanning, type Seat } from '../../play/seat.ts';
import type { GoalClass } from '../../policy/goals/goalHead.ts';
import { GOAL_NONE, goalClass } from '../../tasks/babyai/features.ts';
import { type Labels, NO_LABELS } from './rolloutSink.ts';

const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');

/** What the expert contributes to a rollout. */
export interface Teaching {
  /** Ask the expert at every step. */
  labels: boolean;
  /**
   * Share of an episode's step limit after which its answers are not learnt from. A policy that is stuck stays
   * in a few states where its goals are wrong, and would learn about little else.
   */
  labelledShare: number;
  /** Share of the worlds in which the expert acts instead of the policy. */
  demonstrations: number;
  /** Probability that a goal to be announced is the expert's instead of the Planner's. */
  goals: number;
  /** Probability of replanning where the halting head would not. */
  exploreReplan: number;
  /**
   * Share of episodes that begin with a decoy: the goal is an object that the mission need not mean, and the
   * expert's actions lead there. Decoys teach the Doer to obey the goal, whatever the mission says.
   */
  counterfactual: number;
  /**
   * Share of an episode's step limit after which the expert acts in the policy's worlds, too: a policy
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

/** How its subgoals teach beside the reward; only the policy acts. */
export const FINE_TUNING: Teaching = { ...NO_TEACHING, labels: true, labelledShare: 0.2 };

/** Where an episode's decoy lies; without one, x is UNDECIDED or NO_DECOY. */
interface Decoy {
  x: number;
  y: number;
}
const UNDECIDED = -2;
const NO_DECOY = -1;

/**
 * Who sets goals and acts at one seat of a rollout: the policy, and the expert as far as the teaching
 * says. Some episodes begin with a decoy (see `Teaching.counterfactual`).
 */
export class Taught implements GoalSource, ActionSource {
  teaching = NO_TEACHING;
  /** Seats of the rollout. */
  private readonly seats: number;
  private decoy: Decoy = { x: UNDECIDED, y: -1 };
  /** First action of the way to the decoy. */
  private way = -1;

  constructor(seats: number) {
    this.seats = seats;
  }

  begin(): void {
    this.decoy = { x: UNDECIDED, y: -1 };
  }

  replanning(seat: Seat): Replanning {
    const { goal, chance } = seat;
    const { exploreReplan, counterfactual } = this.teaching;
    if (counterfactual > 0) this.followDecoy(seat, counterfactual);
    const explores = exploreReplan > 0 && chance.uniform() < exploreReplan;
    if (this.hasDecoy) return goal.exists ? Replanning.mustNot : Replanning.must;
    return goal.isDue || explores ? Replanning.must : Replanning.free;
  }

  chooseGoal({ episode, expert, chance }: Seat): GoalClass | undefined {
    const { pose } = episode;
    const { x, y } = this.decoy;
    if (this.hasDecoy) return { subgoal: GO_NEXT_TO, cell: goalClass(pose, x, y) };
    const { goals } = this.teaching;
    if (goals > 0 && expert.subgoal >= 0 && chance.uniform() < goals)
      return { subgoal: expert.subgoal, cell: goalClass(pose, expert.x, expert.y) };
    return undefined;
  }

  chooseAction(seat: Seat, probabilities: Float32Array, offset: number): number {
    return this.expertActs(seat)
      ? this.expertAction(seat)
      : seat.chance.categorical(probabilities, offset, NUM_ACTIONS);
  }

  /** What there is to learn from the expert at the seat's present step. */
  labels(seat: Seat): Labels {
    const { expert, goal, episode } = seat;
    const { pose, steps, maxSteps } = episode;
    if (this.hasDecoy) return { ...NO_LABELS, action: this.way };
    const { labels, labelledShare } = this.teaching;
    const { action, subgoal, x, y } = expert;
    if (!labels || subgoal < 0 || steps > labelledShare * maxSteps) return NO_LABELS;
    const keptGoalRight = goal.exists ? Number(expert.approves(goal)) : -1;
    return { action, subgoal, cell: goalClass(pose, x, y), keptGoalRight };
  }

  record(): Decoy {
    return { ...this.decoy };
  }

  restore(record: unknown): void {
    if (record) this.decoy = record as Decoy;
  }

  private get hasDecoy(): boolean {
    return this.decoy.x >= 0;
  }

  private expertAction({ expert }: Seat): number {
    return this.hasDecoy ? this.way : expert.action;
  }

  private expertActs(seat: Seat): boolean {
    if (this.expertAction(seat) < 0) return false;
    const { demonstrations, patience } = this.teaching;
    const { steps, maxSteps } = seat.episode;
    return seat.index < demonstrations * this.seats || steps > patience * maxSteps;
  }

  /** Decides on a decoy at an episode's start, finds the way to it, and drops the goal when it ends. */
  private followDecoy(seat: Seat, share: number): void {
    const { steps, maxSteps } = seat.episode;
    if (this.decoy.x === UNDECIDED) this.decoy = chooseDecoy(seat, share);
    if (!this.hasDecoy) return;
    this.way = seat.things?.wayTo(this.decoy.x, this.decoy.y) ?? -1;
    if (this.way >= 0 && this.way !== Action.done && steps <= maxSteps / 2) return;
    this.decoy = { x: NO_DECOY, y: -1 };
    // The mission counts again: the Planner chooses anew.
    seat.goal.drop();
  }
}

function chooseDecoy({ episode, things, chance }: Seat, share: number): Decoy {
  const none = { x: NO_DECOY, y: -1 };
  if (chance.uniform() >= share) return none;
  const near = (things?.all() ?? []).filter(
    ({ x, y }) => goalClass(episode.pose, x, y) !== GOAL_NONE,
  );
  if (near.length === 0) return none;
  const { x, y } = near[chance.below(near.length)];
  return { x, y };
}
