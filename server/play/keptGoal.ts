import { SUBGOALS } from '../../shared/goals.ts';
import { goalRows, NO_SUBGOAL } from '../tasks/babyai/features.ts';
import { forwardOf, type Pose, rightOf } from '../tasks/babyai/goalFrame.ts';
import { type Place, worldCellOf } from '../tasks/babyai/targets.ts';

const EXPLORE = SUBGOALS.indexOf('explore');

/** What became of goals: how many were dropped, how many steps they lived, how many had a target and reached it. */
export interface GoalCounts {
  finished: number;
  lived: number;
  targeted: number;
  reached: number;
}

/** Plain data: all that a kept goal is. */
export interface KeptGoalRecord {
  subgoal: number;
  x: number;
  y: number;
  age: number;
  hit: number;
}

/** The goal that the Planner keeps in one episode, in world cells, and the counts of those before it. */
export class KeptGoal {
  /** Index into SUBGOALS; NO_SUBGOAL without a goal. */
  subgoal = NO_SUBGOAL;
  /** Target's world cell, −1 without one. */
  x = -1;
  y = -1;
  /** Steps since it was announced. */
  age = 0;
  private hit = 0;
  private readonly maxLife: number;
  private counts = noGoals();

  /** @param maxLife steps after which the Planner must choose again */
  constructor(maxLife: number) {
    this.maxLife = maxLife;
  }

  get exists(): boolean {
    return this.subgoal !== NO_SUBGOAL;
  }

  /** Whether the Planner must choose: it has no goal, or the goal is too old. */
  get isDue(): boolean {
    return !this.exists || this.age >= this.maxLife;
  }

  /** Whether the target has been reached since the goal was announced. */
  get wasReached(): boolean {
    return this.exists && this.hit === 1;
  }

  /** Writes the goal's embedding rows as the agent sees it from `pose`. */
  rows(pose: Pose, out: Int32Array, at: number): void {
    const { x, y } = this;
    const hasTarget = x >= 0;
    const right = hasTarget ? rightOf(pose, x, y) : 0;
    const forward = hasTarget ? forwardOf(pose, x, y) : 0;
    goalRows(this.subgoal, hasTarget, right, forward, out, at);
  }

  /** Takes a new goal; the former one is counted as dropped. */
  announce(subgoal: number, place: Place | undefined, pose: Pose): void {
    this.drop();
    this.subgoal = subgoal;
    const target = place && worldCellOf(place, pose);
    if (target) this.place(target.x, target.y);
  }

  /** Moves the target to this world cell, however far it is. */
  place(x: number, y: number): void {
    this.x = x;
    this.y = y;
  }

  /** Ends the goal, if there is one. */
  drop(): void {
    if (this.exists) {
      this.counts.finished++;
      this.counts.lived += this.age;
      if (this.x >= 0) {
        this.counts.targeted++;
        this.counts.reached += this.hit;
      }
    }
    this.subgoal = NO_SUBGOAL;
    this.x = -1;
    this.y = -1;
    this.age = 0;
    this.hit = 0;
  }

  /**
   * Call after every step. A target is reached when the agent faces it or stands on it; one to explore,
   * also when the agent sees it.
   */
  afterStep(pose: Pose, sees: (x: number, y: number) => boolean): void {
    if (!this.exists) return;
    this.age++;
    const { x, y } = this;
    if (x < 0) return;
    const faced = rightOf(pose, x, y) === 0 && Math.abs(forwardOf(pose, x, y) - 0.5) < 1;
    if (faced || (this.subgoal === EXPLORE && sees(x, y))) this.hit = 1;
  }

  record(): KeptGoalRecord {
    const { subgoal, x, y, age, hit } = this;
    return { subgoal, x, y, age, hit };
  }

  restore(record: KeptGoalRecord): void {
    Object.assign(this, record);
  }

  /** Counts since the last call. */
  takeCounts(): GoalCounts {
    const { counts } = this;
    this.counts = noGoals();
    return counts;
  }
}

export const noGoals = (): GoalCounts => ({ finished: 0, lived: 0, targeted: 0, reached: 0 });

export function sumGoals(parts: readonly GoalCounts[]): GoalCounts {
  const sum = noGoals();
  for (const part of parts) {
    for (const key of Object.keys(sum) as (keyof GoalCounts)[]) sum[key] += part[key];
  }
  return sum;
}
