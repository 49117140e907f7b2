import { SUBGOALS } from '../../shared/goals.ts';
import type { GoalClass } from '../policy/act.ts';
import {
  GOAL_CELLS,
  GOAL_NONE,
  goalCell,
  goalRows,
  goalToWorld,
  NO_SUBGOAL,
} from '../policy/features.ts';
import { forwardOf, type Pose, rightOf } from '../policy/goalFrame.ts';

const EXPLORE = SUBGOALS.indexOf('explore');

export interface GoalKeeperRecord {
  subgoal: Int8Array;
  x: Int16Array;
  y: Int16Array;
  age: Int32Array;
  hit: Uint8Array;
}

/** The goals that many Planners keep at the same time, in world cells, with what became of them. */
export class GoalKeeper {
  readonly subgoal: Int8Array;
  /** Target's world cell, −1 without one. */
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** Steps since it was announced. */
  readonly age: Int32Array;
  private readonly hit: Uint8Array;
  /** Since last read: goals dropped, those reached before, those with a target, and their steps. */
  finished = 0;
  reached = 0;
  targeted = 0;
  lived = 0;

  constructor(envs: number) {
    this.subgoal = new Int8Array(envs).fill(NO_SUBGOAL);
    this.x = new Int16Array(envs).fill(-1);
    this.y = new Int16Array(envs).fill(-1);
    this.age = new Int32Array(envs);
    this.hit = new Uint8Array(envs);
  }

  has(env: number): boolean {
    return this.subgoal[env] !== NO_SUBGOAL;
  }

  /** Rows of the kept goal as the agent sees it from `pose`. */
  rows(env: number, pose: Pose, out: Int32Array, at: number): void {
    const hasTarget = this.x[env] >= 0;
    const { x, y } = { x: this.x[env], y: this.y[env] };
    goalRows(
      this.subgoal[env],
      hasTarget,
      hasTarget ? rightOf(pose, x, y) : 0,
      hasTarget ? forwardOf(pose, x, y) : 0,
      out,
      at,
    );
  }

  /** Takes a new goal; the former one is counted as dropped. */
  announce(env: number, goal: GoalClass, pose: Pose): void {
    this.drop(env);
    const target = goal.cell < GOAL_CELLS ? goalToWorld(pose, goal.cell) : undefined;
    // A target outside the world is as good as none.
    const inside = target !== undefined && target.x >= 0 && target.y >= 0;
    this.subgoal[env] = goal.subgoal;
    this.x[env] = inside ? target.x : -1;
    this.y[env] = inside ? target.y : -1;
  }

  /** Moves the target of the kept goal to this world cell, however far it is. */
  place(env: number, x: number, y: number): void {
    this.x[env] = x;
    this.y[env] = y;
  }

  /** Whether the kept goal's target has been reached since it was announced. */
  wasReached(env: number): boolean {
    return this.has(env) && this.hit[env] === 1;
  }

  /** Ends the goal that is kept, if any. */
  drop(env: number): void {
    if (this.has(env)) {
      this.finished++;
      this.lived += this.age[env];
      if (this.x[env] >= 0) {
        this.targeted++;
        this.reached += this.hit[env];
      }
    }
    this.subgoal[env] = NO_SUBGOAL;
    this.x[env] = -1;
    this.y[env] = -1;
    this.age[env] = 0;
    this.hit[env] = 0;
  }

  /** Call after every step: a target is reached when the agent faces it or stands on it; an explored one, when it is seen too. */
  afterStep(env: number, pose: Pose, sees: (x: number, y: number) => boolean): void {
    if (!this.has(env)) return;
    this.age[env]++;
    const x = this.x[env];
    const y = this.y[env];
    if (x < 0) return;
    if (
      (rightOf(pose, x, y) === 0 && Math.abs(forwardOf(pose, x, y) - 0.5) < 1) ||
      (this.subgoal[env] === EXPLORE && sees(x, y))
    ) {
      this.hit[env] = 1;
    }
  }

  /** Class of a world cell in the agent's frame; GOAL_NONE for no cell or one out of reach. */
  static classOf(pose: Pose, x: number, y: number): number {
    return x < 0 ? GOAL_NONE : goalCell(rightOf(pose, x, y), forwardOf(pose, x, y));
  }

  record(): GoalKeeperRecord {
    const { subgoal, x, y, age, hit } = this;
    return {
      subgoal: subgoal.slice(),
      x: x.slice(),
      y: y.slice(),
      age: age.slice(),
      hit: hit.slice(),
    };
  }

  restore(record: GoalKeeperRecord): void {
    this.subgoal.set(record.subgoal);
    this.x.set(record.x);
    this.y.set(record.y);
    this.age.set(record.age);
    this.hit.set(record.hit);
  }

  /** Hit rate and mean life since the last call. */
  takeStats(): { finished: number; reached: number; targeted: number; lived: number } {
    const { finished, reached, targeted, lived } = this;
    this.finished = 0;
    this.reached = 0;
    this.targeted = 0;
    this.lived = 0;
    return { finished, reached, targeted, lived };
  }
}
