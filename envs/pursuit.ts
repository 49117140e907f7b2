import { isAtTarget, isSameGoal, type WorldGoal } from '../shared/goals.ts';
import type { BabyAIEnv } from './env.ts';
import { worldToView } from './view.ts';

/** Whether there is anything to be paid for the goal that is pursued: nothing, not any more, or still. */
export const Pursuit = { none: 0, settled: 1, open: 2 } as const;
export type Pursuit = (typeof Pursuit)[keyof typeof Pursuit];

/**
 * Watches whether the goals that an agent announces are reached or given up. A goal counts once; one whose target the
 * agent is at when it announces it counts neither way, since nothing is left to be done for it.
 */
export class PursuedGoals {
  private readonly env: BabyAIEnv;
  private goal: WorldGoal = { subgoal: -1, x: -1, y: -1 };
  private state: Pursuit = Pursuit.none;
  private givenUp = false;

  constructor(env: BabyAIEnv) {
    this.env = env;
  }

  get pursuit(): Pursuit {
    return this.state;
  }

  /** Forgets the goal: nothing is paid for it. */
  forget(): void {
    this.goal = { subgoal: -1, x: -1, y: -1 };
    this.state = Pursuit.none;
    this.givenUp = false;
  }

  /** Goes on with a goal where `pursuit` was read. */
  restore({ subgoal, x, y }: WorldGoal, pursuit: Pursuit): void {
    this.goal = { subgoal, x, y };
    this.state = pursuit;
    this.givenUp = false;
  }

  /** The goal that the agent has at the coming step; subgoal −1 where it has none. */
  take(goal: WorldGoal): void {
    if (isSameGoal(goal, this.goal)) return;
    const { subgoal, x, y } = goal;
    this.givenUp = this.state === Pursuit.open;
    this.goal = { subgoal, x, y };
    this.state = x < 0 ? Pursuit.none : this.isThere() ? Pursuit.settled : Pursuit.open;
  }

  /** What the step just made has come to. */
  outcome(over: boolean): { reached: boolean; givenUp: number } {
    const reached = this.state === Pursuit.open && this.isThere();
    if (reached) this.state = Pursuit.settled;
    // An episode's end leaves nobody to reach it.
    const left = over && this.state === Pursuit.open;
    const givenUp = Number(this.givenUp) + Number(left);
    if (left) this.state = Pursuit.settled;
    this.givenUp = false;
    return { reached, givenUp };
  }

  private isThere(): boolean {
    const { env } = this;
    const { agentX: x, agentY: y, agentDir: direction } = env.state;
    return isAtTarget(this.goal, { x, y, direction }, (cellX, cellY) => {
      const cell = worldToView(env.state, cellX, cellY);
      return cell >= 0 && env.observe()[cell * 3] !== 0;
    });
  }
}
