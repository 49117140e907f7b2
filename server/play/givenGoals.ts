import { Action } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Ablation, GoalOverride } from '../../shared/play.ts';
import type { GoalChoice, GoalOptions } from '../policy/goals/goalHead.ts';
import { placeOf } from '../tasks/babyai/targets.ts';
import { type GoalSource, Replanning, type Seat } from './seat.ts';

/** A goal that the Planner is given from outside, in world cells. */
export interface GivenGoal {
  /** Index into SUBGOALS. */
  subgoal: number;
  x: number;
  y: number;
  until: GoalOverride['until'];
}

const ARRIVING: readonly string[] = ['explore', 'goNextTo', 'done'];

/** The Planner sets the goals, except where it is given one or is ablated. */
export class GivenGoals implements GoalSource {
  /** The given goal, as long as it holds. */
  private given: GivenGoal | undefined;
  private readonly at: (seat: Seat) => GivenGoal | undefined;
  private readonly ablation: Ablation;
  private readonly planner: GoalSource;

  /**
   * @param at the goal to take up at the seat's present step, asked once a step
   * @param planner who decides where nothing is given
   */
  constructor(
    at: (seat: Seat) => GivenGoal | undefined,
    planner: GoalSource,
    ablation: Ablation = 'none',
  ) {
    this.at = at;
    this.ablation = ablation;
    this.planner = planner;
  }

  begin(): void {
    this.given = undefined;
  }

  replanning(seat: Seat): Replanning {
    const told = this.at(seat);
    if (told) this.given = told;
    if (this.ablation === 'withoutPlanner') return Replanning.mustNot;
    if (told || !seat.goal.exists) return Replanning.must;
    if (this.given || this.ablation === 'frozenPlanner') return Replanning.mustNot;
    return this.planner.replanning(seat);
  }

  keeps(seat: Seat, keep: number, think: number): boolean | undefined {
    return this.planner.keeps?.(seat, keep, think);
  }

  chooseGoal(seat: Seat, options: GoalOptions): GoalChoice | undefined {
    const { given } = this;
    if (!given) return this.planner.chooseGoal?.(seat, options);
    const target = options.targetAt(placeOf(seat.episode.pose, given.x, given.y));
    return { subgoal: given.subgoal, target };
  }

  announced({ goal }: Seat): void {
    if (this.given) goal.place(this.given.x, this.given.y);
  }

  stepped({ goal }: Seat, action: number): void {
    if (!this.given || !isDealtWith(this.given, goal.wasReached, action)) return;
    this.given = undefined;
    goal.drop();
  }

  record(): GivenGoal | undefined {
    return this.given && { ...this.given };
  }

  restore(record: unknown): void {
    this.given = record as GivenGoal | undefined;
  }
}

/**
 * Whether the Planner may decide again: the target was reached and, where something was to be done
 * there, an action that handles things has been taken.
 */
function isDealtWith(given: GivenGoal, reached: boolean, action: number): boolean {
  if (given.until === 'end' || !reached) return false;
  return ARRIVING.includes(SUBGOALS[given.subgoal]) || action >= Action.pickup;
}
