import { NUM_ACTIONS } from '../../shared/constants.ts';
import { argmax, type GoalClass } from '../policy/goals/goalHead.ts';
import type { Seat } from './seat.ts';

/** What the Planner may do at a step: decide by its halting head, choose a goal, or keep the one it has. */
export const Replanning = { free: 0, must: 1, mustNot: 2 } as const;
export type Replanning = (typeof Replanning)[keyof typeof Replanning];

/** Sets the goals at a seat: the Planner itself, an expert, a person. One that keeps state serves one seat. */
export interface GoalSource {
  /** A new episode has begun. */
  begin?(seat: Seat): void;
  /** What the Planner may do now. Asked once a step, before the policy thinks; may drop the kept goal. */
  replanning(seat: Seat): Replanning;
  /**
   * The goal to announce; without one, the Planner's likeliest is announced.
   * @param logits the Planner's; this seat's begin at `offset` (see `GoalHead`)
   */
  chooseGoal?(seat: Seat, logits: Float32Array, offset: number): GoalClass | undefined;
  /** The goal has been announced. */
  announced?(seat: Seat): void;
  /** A step has been made. */
  stepped?(seat: Seat, action: number): void;
  /** What it keeps, as plain data. */
  record?(): unknown;
  restore?(record: unknown): void;
}

/** Chooses the actions at a seat: the Doer, an expert, a given list. */
export interface ActionSource {
  /** @param probabilities the Doer's; this seat's NUM_ACTIONS values begin at `offset` */
  chooseAction(seat: Seat, probabilities: Float32Array, offset: number): number;
  /** Whether the Doer's state stays as it is at this step. */
  holdsDoer?(seat: Seat): boolean;
}

/** The Planner decides when, and takes the goal that it finds likeliest. */
export const plannersGoals: GoalSource = {
  replanning: ({ goal }) => (goal.isDue ? Replanning.must : Replanning.free),
};

/** Actions drawn from the Doer's probabilities. */
export const drawnActions: ActionSource = {
  chooseAction: ({ chance }, probabilities, offset) =>
    chance.categorical(probabilities, offset, NUM_ACTIONS),
};

/** The Doer's likeliest actions. */
export const likeliestActions: ActionSource = {
  chooseAction: (_seat, probabilities, offset) => argmax(probabilities, offset, NUM_ACTIONS),
};

/** Given actions first, whatever the Doer proposes; then those of `after`, which draws along. */
export function givenActions(given: readonly number[], after: ActionSource): ActionSource {
  return {
    chooseAction: (seat, probabilities, offset) => {
      const own = after.chooseAction(seat, probabilities, offset);
      return given[seat.episode.steps] ?? own;
    },
    holdsDoer: (seat) => after.holdsDoer?.(seat) ?? false,
  };
}

/** The Doer thinks once, at the start, and then stays as it is. */
export function frozenDoer(actions: ActionSource): ActionSource {
  return {
    chooseAction: (seat, probabilities, offset) =>
      actions.chooseAction(seat, probabilities, offset),
    holdsDoer: ({ episode }) => episode.steps > 0,
  };
}
