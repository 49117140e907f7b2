import { isAtTarget, isSameGoal, SUBGOALS } from '../../shared/goals.ts';
import { goalRows, NO_SUBGOAL } from '../tasks/babyai/features.ts';
import { forwardOf, type Pose, rightOf } from '../tasks/babyai/goalFrame.ts';
import { type Offset, worldCellOf } from '../tasks/babyai/targets.ts';
import { addGoalEnds, type GoalEnd, type GoalEndCounts, noGoalEnds } from './goalEnds.ts';

/** What became of goals: how many were dropped, how many steps they lived, how many had a target and reached it. */
export interface GoalCounts {
  finished: number;
  lived: number;
  targeted: number;
  reached: number;
  ends: GoalEndCounts;
}

/** Plain data: all that a kept goal is. */
export interface KeptGoalRecord {
  subgoal: number;
  x: number;
  y: number;
  age: number;
  lived: number;
  hit: number;
  everHit: number;
}

/** The goal that the Planner keeps in one episode, in world cells, and the counts of those before it. */
export class KeptGoal {
  /** Index into SUBGOALS; NO_SUBGOAL without a goal. */
  subgoal = NO_SUBGOAL;
  /** Target's world cell, −1 without one. */
  x = -1;
  y = -1;
  /** Steps since the Planner last chose it. */
  age = 0;
  /** Steps since it was first announced: one that is chosen again lives on. */
  private lived = 0;
  private hit = 0;
  /** The same since it was first announced. */
  private everHit = 0;
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

  /** Whether the target has been reached since the Planner last chose the goal. */
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

  /** Takes a goal; the former one is counted as dropped where it was another. */
  announce(subgoal: number, place: Offset | undefined, pose: Pose): void {
    const { x, y } = (place && worldCellOf(place, pose)) ?? { x: -1, y: -1 };
    const end = this.isDue ? 'tooOld' : 'replaced';
    this.age = 0;
    this.hit = 0;
    if (isSameGoal(this, { subgoal, x, y })) {
      if (this.exists) this.ends.again++;
      return;
    }
    this.drop(end);
    this.subgoal = subgoal;
    this.place(x, y);
  }

  /** Moves the target to this world cell, however far it is. */
  place(x: number, y: number): void {
    this.x = x;
    this.y = y;
  }

  /**
   * Ends the goal, if there is one.
   * @param end why, where its target was not reached
   */
  drop(end: GoalEnd = 'cutOff'): void {
    if (this.exists) {
      const ended = this.ends[this.everHit ? 'reached' : end];
      ended.goals++;
      ended.steps += this.lived;
      this.counts.finished++;
      this.counts.lived += this.lived;
      if (this.x >= 0) {
        this.counts.targeted++;
        this.counts.reached += this.everHit;
      }
    }
    this.subgoal = NO_SUBGOAL;
    this.x = -1;
    this.y = -1;
    this.age = 0;
    this.lived = 0;
    this.hit = 0;
    this.everHit = 0;
  }

  /**
   * Call after every step. A target is reached when the agent faces it or stands on it; one to explore,
   * also when the agent sees it.
   */
  afterStep(pose: Pose, sees: (x: number, y: number) => boolean): void {
    if (!this.exists) return;
    this.age++;
    this.lived++;
    if (!isAtTarget(this, pose, sees)) return;
    this.hit = 1;
    this.everHit = 1;
  }

  /** Where the kept goal's end is counted. */
  private get ends() {
    return (this.counts.ends[SUBGOALS[this.subgoal]] ??= noGoalEnds());
  }

  record(): KeptGoalRecord {
    const { subgoal, x, y, age, lived, hit, everHit } = this;
    return { subgoal, x, y, age, lived, hit, everHit };
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

export const noGoals = (): GoalCounts => ({
  ...{ finished: 0, lived: 0, targeted: 0, reached: 0 },
  ends: {},
});

export function sumGoals(parts: readonly GoalCounts[]): GoalCounts {
  const sum = noGoals();
  for (const part of parts) {
    for (const key of ['finished', 'lived', 'targeted', 'reached'] as const) sum[key] += part[key];
    addGoalEnds(sum.ends, part.ends);
  }
  return sum;
}
