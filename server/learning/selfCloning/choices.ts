import type { ActionSource, GoalSource, Replanning, Seat } from '../../play/seat.ts';
import { drawnActions, drawnGoals } from '../../play/sources.ts';
import type { GoalChoice, GoalOptions } from '../../policy/goals/goalHead.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';

/**
 * What the Planner decided at each step of an episode, one number a step: KEPT where it kept its goal, else the goal
 * that it chose. With the actions, they play the episode again: observations depend on nothing else.
 */
export type Choices = number[];
export const KEPT = -1;

export const codeOfGoal = ({ subgoal, target }: GoalChoice) => target * NUM_SUBGOALS + subgoal;
export const goalOfCode = (code: number): GoalChoice => ({
  subgoal: code % NUM_SUBGOALS,
  target: Math.floor(code / NUM_SUBGOALS),
});

/** Draws everything that a policy decides, and notes the Planner's choices. Serves one seat. */
export class NotedChoices implements GoalSource, ActionSource {
  choices: Choices = [];
  private newest = KEPT;

  begin(): void {
    this.choices = [];
  }

  replanning(seat: Seat): Replanning {
    this.newest = KEPT;
    return drawnGoals.replanning(seat);
  }

  keeps(seat: Seat, keep: number, think: number): boolean | undefined {
    return drawnGoals.keeps?.(seat, keep, think);
  }

  chooseGoal(seat: Seat, options: GoalOptions): GoalChoice | undefined {
    const goal = drawnGoals.chooseGoal?.(seat, options);
    if (goal) this.newest = codeOfGoal(goal);
    return goal;
  }

  chooseAction(seat: Seat, probabilities: Float32Array, offset: number): number {
    return drawnActions.chooseAction(seat, probabilities, offset);
  }

  stepped(): void {
    this.choices.push(this.newest);
  }

  record(): Choices {
    return this.choices;
  }

  restore(record: unknown): void {
    this.choices = [...((record as Choices | undefined) ?? [])];
  }
}

/** Decides as was decided before. */
export class GivenChoices implements GoalSource, ActionSource {
  given: { actions: readonly number[]; choices: readonly number[] } = { actions: [], choices: [] };

  replanning = drawnGoals.replanning;

  keeps({ episode }: Seat): boolean {
    return this.given.choices[episode.steps] === KEPT;
  }

  chooseGoal({ episode }: Seat): GoalChoice {
    return goalOfCode(this.given.choices[episode.steps]);
  }

  chooseAction({ episode }: Seat): number {
    return this.given.actions[episode.steps];
  }
}
