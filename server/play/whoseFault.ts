import { Action } from '../../shared/constants.ts';
import { SUBGOALS, type Subgoal } from '../../shared/goals.ts';
import { type GoalChoice, type GoalOptions, likeliestGoal } from '../policy/goals/goalHead.ts';
import { GOAL_NONE } from '../tasks/babyai/features.ts';
import type { Pose } from '../tasks/babyai/goalFrame.ts';
import { FIRST_TOKEN, type Offset, placeOf } from '../tasks/babyai/targets.ts';
import type { Expert } from '../tasks/task.ts';
import { type ActionSource, type GoalSource, Replanning, type Seat } from './seat.ts';
import { likeliestGoals } from './sources.ts';
import type { Sink } from './table.ts';

/**
 * Whose fault is a failure? The expert in the Planner's place shows what the Doer can do; an exact walker in the Doer's
 * place shows what the goals are worth.
 */

/** The expert's new goals of one kind: how many there were, and for how many the Planner chose the same. */
export interface ChoiceCount {
  goals: number;
  /** The same subgoal. */
  subgoal: number;
  /** The same subgoal and the same target. */
  both: number;
}
/** By subgoal and what it aims at: “goNextTo token”. */
export type ChoiceCounts = Record<string, ChoiceCount>;

export function addChoices(to: ChoiceCounts, from: ChoiceCounts): void {
  for (const [kind, { goals, subgoal, both }] of Object.entries(from)) {
    to[kind] ??= { goals: 0, subgoal: 0, both: 0 };
    to[kind].goals += goals;
    to[kind].subgoal += subgoal;
    to[kind].both += both;
  }
}

/**
 * The expert's goals, each announced when the expert turns to it. What the Planner would have chosen is counted beside
 * it: in these states it has made no mistake before. Where the expert is stuck the Planner decides.
 */
export class ExpertsGoals implements GoalSource {
  readonly choices: ChoiceCounts = {};

  replanning(seat: Seat): Replanning {
    const { expert, goal } = seat;
    if (expert.subgoal < 0) return likeliestGoals.replanning(seat);
    const { subgoal, x, y } = expert;
    const kept = subgoal === goal.subgoal && x === goal.x && y === goal.y;
    return kept ? Replanning.mustNot : Replanning.must;
  }

  chooseGoal({ expert, episode }: Seat, options: GoalOptions): GoalChoice {
    const own = likeliestGoal(options);
    if (expert.subgoal < 0) return own;
    const wanted = choiceOf(expert, episode.pose, options.targetAt);
    const same = own.subgoal === wanted.subgoal;
    const both = same && own.target === wanted.target;
    const count = { goals: 1, subgoal: Number(same), both: Number(both) };
    addChoices(this.choices, { [kindOf(wanted)]: count });
    return wanted;
  }

  announced({ expert, goal }: Seat): void {
    if (expert.subgoal >= 0) goal.place(expert.x, expert.y);
  }
}

/**
 * The expert's goal as the Planner would state it.
 * @param targetOf the class that aims at a place
 */
export function choiceOf(
  { subgoal, x, y }: Expert,
  pose: Pose,
  targetOf: (place: Offset) => number,
): GoalChoice {
  return { subgoal, target: x < 0 ? GOAL_NONE : targetOf(placeOf(pose, x, y)) };
}

function kindOf({ subgoal, target }: GoalChoice): string {
  const aim = target >= FIRST_TOKEN ? 'token' : target === GOAL_NONE ? 'none' : 'cell';
  return `${SUBGOALS[subgoal]} ${aim}`;
}

/** What is done at a target that the agent faces. */
const AT_TARGET: Partial<Record<Subgoal, number>> = {
  pickup: Action.pickup,
  drop: Action.drop,
  open: Action.toggle,
  close: Action.toggle,
  done: Action.done,
};

/**
 * Walks the shortest way to the kept goal's target, does there what the subgoal says, and ends the goal. Where there is
 * no such way the Doer acts.
 */
export class ExactDoer implements ActionSource, Sink {
  private readonly doer: ActionSource;
  private readonly arrived = new Set<Seat>();

  constructor(doer: ActionSource) {
    this.doer = doer;
  }

  chooseAction(seat: Seat, probabilities: Float32Array, offset: number): number {
    const own = this.doer.chooseAction(seat, probabilities, offset);
    const { goal, things } = seat;
    if (!goal.exists) return own;
    const way = goal.x < 0 ? Action.done : (things?.wayTo(goal.x, goal.y) ?? -1);
    if (way < 0) return own;
    if (way !== Action.done) return way;
    const then = AT_TARGET[SUBGOALS[goal.subgoal]];
    if (goal.x >= 0 || then !== undefined) this.arrived.add(seat);
    return then ?? own;
  }

  stepped(seat: Seat): undefined {
    if (this.arrived.delete(seat)) seat.goal.drop();
  }
}
