import { NUM_ACTIONS } from '../../shared/constants.ts';
import { argmax, drawnGoal } from '../policy/goals/goalHead.ts';
import { type ActionSource, type GoalSource, Replanning } from './seat.ts';

/** The Planner decides when, as it finds better, and takes the goal that it finds likeliest. */
export const likeliestGoals: GoalSource = {
  replanning: ({ goal }) => (goal.isDue ? Replanning.must : Replanning.free),
};

/** The Planner decides when and what, both drawn from the probabilities that it gives. */
export const drawnGoals: GoalSource = {
  replanning: likeliestGoals.replanning,
  chooseGoal: ({ chance }, options) => drawnGoal(options, chance),
  keeps: ({ chance }, keep, think) => chance.uniform() < 1 / (1 + Math.exp(think - keep)),
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
