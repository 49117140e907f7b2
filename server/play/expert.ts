import { Bot } from '../../envs/bot/index.ts';
import type { BabyAIEnv } from '../../envs/index.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Pose } from '../policy/goalFrame.ts';
import type { GoalClass } from '../policy/goals/goalHead.ts';
import { KeptGoal } from './keptGoal.ts';

const EXPLORE = SUBGOALS.indexOf('explore');

/** The scripted expert beside one seat: what it would do there, and what its goal is. */
export class Expert {
  /** Its action; −1 where it has none. */
  action = -1;
  /** Its subgoal (index into SUBGOALS) and the subgoal's world cell; −1 for none. */
  subgoal = -1;
  x = -1;
  y = -1;
  private readonly env: BabyAIEnv;
  /** Made for the present episode. */
  private bot!: Bot;

  constructor(env: BabyAIEnv) {
    this.env = env;
  }

  /** A new episode has begun. */
  begin(): void {
    if (this.bot) this.bot.reset();
    else this.bot = new Bot(this.env);
  }

  /**
   * Asks about the present state: once for each state of an episode, in order.
   * @param previousAction the action that led here, −1 at the start
   */
  ask(previousAction: number): void {
    const advice = this.bot.next(previousAction < 0 ? undefined : previousAction);
    const known = !('stuck' in advice);
    this.action = known ? advice.action : -1;
    this.subgoal = known ? SUBGOALS.indexOf(advice.subgoal.kind) : -1;
    this.x = known ? advice.subgoal.targetX : -1;
    this.y = known ? advice.subgoal.targetY : -1;
  }

  /** Its goal as the agent would announce it. */
  goal(pose: Pose): GoalClass {
    return { subgoal: this.subgoal, cell: KeptGoal.classOf(pose, this.x, this.y) };
  }

  /** Whether a kept goal is as good as its own: the same, or another place to explore that is still unseen. */
  approves({ subgoal, x, y }: KeptGoal): boolean {
    if (subgoal !== this.subgoal) return false;
    if (x === this.x && y === this.y) return true;
    return subgoal === EXPLORE && x >= 0 && !this.bot.hasSeen(x, y);
  }
}
