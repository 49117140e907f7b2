import { Bot } from '../../../envs/bot/index.ts';
import type { BabyAIEnv } from '../../../envs/index.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import type { Expert } from '../task.ts';

const EXPLORE = SUBGOALS.indexOf('explore');

/** The scripted bot in one environment. */
export class BabyAIExpert implements Expert {
  action = -1;
  subgoal = -1;
  x = -1;
  y = -1;
  private readonly env: BabyAIEnv;
  /** Made for the present episode. */
  private bot!: Bot;

  constructor(env: BabyAIEnv) {
    this.env = env;
  }

  begin(): void {
    if (this.bot) this.bot.reset();
    else this.bot = new Bot(this.env);
  }

  ask(previousAction: number): void {
    const advice = this.bot.next(previousAction < 0 ? undefined : previousAction);
    const known = !('stuck' in advice);
    this.action = known ? advice.action : -1;
    this.subgoal = known ? SUBGOALS.indexOf(advice.subgoal.kind) : -1;
    this.x = known ? advice.subgoal.targetX : -1;
    this.y = known ? advice.subgoal.targetY : -1;
  }

  /** The same goal, or another place to explore that is still unseen. */
  approves({ subgoal, x, y }: { subgoal: number; x: number; y: number }): boolean {
    if (subgoal !== this.subgoal) return false;
    if (x === this.x && y === this.y) return true;
    return subgoal === EXPLORE && x >= 0 && !this.bot.hasSeen(x, y);
  }
}
