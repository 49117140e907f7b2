import { Action, NUM_ACTIONS } from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import { type ActionSource, type GoalSource, Replanning, type Seat } from '../../play/seat.ts';
import { drawnGoals } from '../../play/sources.ts';
import { choiceOf } from '../../play/whoseFault.ts';
import type { GoalChoice, GoalOptions } from '../../policy/goals/goalHead.ts';
import { GOAL_NONE, goalCell } from '../../tasks/babyai/features.ts';
import { placeOf, type TokenRows, targetAt } from '../../tasks/babyai/targets.ts';
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
  /**
   * Steps for which a goal may be other than the expert's before the expert's replaces it: the Planner sees where its own
   * mistakes lead, but not for long. 0: never.
   */
  corrections: number;
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
  /** Whether the Planner's goals, and when it thinks, are drawn as actions are: reward can tell only of what varies. */
  draws: boolean;
  /** Whether goals are labelled in hindsight where the expert says nothing; see `Hindsight`. */
  hindsight: boolean;
}
export const NO_TEACHING: Teaching = {
  labels: false,
  labelledShare: 1,
  demonstrations: 0,
  goals: 0,
  corrections: 0,
  exploreReplan: 0,
  counterfactual: 0,
  patience: 1,
  draws: false,
  hindsight: false,
};
/** How the expert teaches while cloning. */
export const CLONING: Teaching = {
  labels: true,
  labelledShare: 1,
  demonstrations: 0.5,
  goals: 0.4,
  corrections: 10,
  exploreReplan: 0.05,
  counterfactual: 0.25,
  patience: 0.2,
  draws: false,
  hindsight: false,
};

/**
 * The same for a policy that has no goals: it cannot know of a decoy, and would learn to leave its mission for no reason.
 */
export const withoutGoals = (teaching: Teaching): Teaching => ({
  ...teaching,
  goals: 0,
  corrections: 0,
  exploreReplan: 0,
  counterfactual: 0,
  draws: false,
  hindsight: false,
});

/** How its subgoals teach beside the reward; only the policy acts. */
export const FINE_TUNING: Teaching = { ...NO_TEACHING, labels: true, labelledShare: 0.2 };

/** Where an episode's decoy lies; without one, x is UNDECIDED or NO_DECOY. */
interface Decoy {
  x: number;
  y: number;
}
type TaughtRecord = Decoy & { wrongFor: number };
const UNDECIDED = -2;
const NO_DECOY = -1;

/**
 * Who sets goals and acts at one seat of a rollout: the policy, and the expert as far as the teaching
 * says. Some episodes begin with a decoy (see `Teaching.counterfactual`).
 */
export class Taught implements GoalSource, ActionSource {
  teaching = NO_TEACHING;
  /** Which of all worlds of the run it is. */
  private readonly world: number;
  /** Steps for which the kept goal has been other than the expert's. */
  private wrongFor = 0;
  private decoy: Decoy = { x: UNDECIDED, y: -1 };
  /** First action of the way to the decoy. */
  private way = -1;

  constructor(world: number) {
    this.world = world;
  }

  begin(): void {
    this.decoy = { x: UNDECIDED, y: -1 };
    this.wrongFor = 0;
  }

  replanning(seat: Seat): Replanning {
    const { goal, chance } = seat;
    const { exploreReplan, counterfactual } = this.teaching;
    if (counterfactual > 0) this.followDecoy(seat, counterfactual);
    const explores = exploreReplan > 0 && chance.uniform() < exploreReplan;
    const corrects = this.mustCorrect(seat);
    if (this.hasDecoy) return goal.exists ? Replanning.mustNot : Replanning.must;
    return goal.isDue || explores || corrects ? Replanning.must : Replanning.free;
  }

  /** Whether the expert's goal is to replace the kept one at this step. Asked once a step. */
  private mustCorrect({ goal, expert }: Seat): boolean {
    const { corrections, labels } = this.teaching;
    if (corrections === 0 || !labels) return false;
    const wrong = !this.hasDecoy && expert.subgoal >= 0 && goal.exists && !expert.approves(goal);
    this.wrongFor = wrong ? this.wrongFor + 1 : 0;
    return this.isCorrecting;
  }

  private get isCorrecting(): boolean {
    const { corrections } = this.teaching;
    return corrections > 0 && this.wrongFor >= corrections;
  }

  keeps(seat: Seat, keep: number, think: number): boolean | undefined {
    return this.teaching.draws ? drawnGoals.keeps?.(seat, keep, think) : undefined;
  }

  chooseGoal(seat: Seat, options: GoalOptions): GoalChoice | undefined {
    const { episode, expert, chance } = seat;
    const { pose } = episode;
    const { x, y } = this.decoy;
    if (this.hasDecoy)
      return { subgoal: GO_NEXT_TO, target: options.targetAt(placeOf(pose, x, y)) };
    const { goals, draws } = this.teaching;
    if (draws) return drawnGoals.chooseGoal?.(seat, options);
    if (goals === 0 || expert.subgoal < 0) return undefined;
    const taught = chance.uniform() < goals;
    return taught || this.isCorrecting ? choiceOf(expert, pose, options.targetAt) : undefined;
  }

  chooseAction(seat: Seat, probabilities: Float32Array, offset: number): number {
    return this.expertActs(seat)
      ? this.expertAction(seat)
      : seat.chance.categorical(probabilities, offset, NUM_ACTIONS);
  }

  /** What there is to learn from the expert at the seat's present step. */
  labels(seat: Seat, tokens: TokenRows): Labels {
    const { expert, goal, episode } = seat;
    const { pose, steps, maxSteps } = episode;
    if (this.hasDecoy) return { ...NO_LABELS, action: this.way };
    const { labels, labelledShare } = this.teaching;
    if (!labels || expert.subgoal < 0 || steps > labelledShare * maxSteps) return NO_LABELS;
    const keptGoalRight = goal.exists ? Number(expert.approves(goal)) : -1;
    const goals = choiceOf(expert, pose, (place) => targetAt(place, tokens));
    return { action: expert.action, ...goals, keptGoalRight };
  }

  record(): TaughtRecord {
    return { ...this.decoy, wrongFor: this.wrongFor };
  }

  restore(record: unknown): void {
    if (!record) return;
    const { x, y, wrongFor } = record as TaughtRecord;
    this.decoy = { x, y };
    this.wrongFor = wrongFor;
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
    // Demonstrations are spread over the worlds evenly: of every level some, whatever the number of workers.
    const before = Math.ceil(this.world * demonstrations);
    const demonstrates = Math.ceil((this.world + 1) * demonstrations) > before;
    return demonstrates || steps > patience * maxSteps;
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
  const near = (things?.all() ?? []).filter(({ x, y }) => {
    const { right, forward } = placeOf(episode.pose, x, y);
    return goalCell(right, forward) !== GOAL_NONE;
  });
  if (near.length === 0) return none;
  const { x, y } = near[chance.below(near.length)];
  return { x, y };
}
