import { createEnv, EndBit, type LevelSpec } from '../index.ts';
import { Bot, type BotLabel, type BotOptions } from './bot.ts';

/** One recording of Minigrid's bot, as `bot.jsonl.gz` holds it. */
export interface BotRow {
  readonly id: string;
  readonly seed: number;
  readonly mission: string;
  readonly max_steps: number;
  readonly success: boolean;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly reward: number;
  readonly steps: number;
  readonly actions: readonly number[];
  readonly subgoals: readonly BotLabel[];
  readonly top: readonly number[];
  readonly depth: readonly number[];
  /** Actions really taken, where they were not the bot's (advising mode); else absent. */
  readonly taken?: readonly number[];
  readonly bot_error?: string;
}

/**
 * Replays a recording step by step: the bot has to choose the same action for the same reason, with
 * a plan of the same depth, and to get stuck where Minigrid's did (`reference` mode only).
 * Returns the first difference in words, or null.
 */
export function compareWithRow(
  row: BotRow,
  options: BotOptions = { reference: true },
  level: string | LevelSpec = row.id,
): string | null {
  const env = createEnv(level, { seed: row.seed });
  if (env.mission !== row.mission)
    return `mission is ${JSON.stringify(env.mission)}, expected ${JSON.stringify(row.mission)}`;
  if (env.state.maxSteps !== row.max_steps)
    return `max_steps is ${env.state.maxSteps}, expected ${row.max_steps}`;
  const bot = new Bot(env, options);
  let end = 0;
  let last: number | undefined;
  for (let t = 0; t < row.steps; t++) {
    const decision = bot.next(last);
    if ('stuck' in decision) return `step ${t}: stuck (${decision.stuck})`;
    if (decision.action !== row.actions[t])
      return `step ${t}: action ${decision.action}, expected ${row.actions[t]}`;
    const label = JSON.stringify(bot.label());
    const expected = JSON.stringify(row.subgoals[row.top[t]]);
    if (label !== expected) return `step ${t}: subgoal ${label}, expected ${expected}`;
    if (decision.depth !== row.depth[t])
      return `step ${t}: depth ${decision.depth}, expected ${row.depth[t]}`;
    last = row.taken?.[t] ?? decision.action;
    end = env.advance(last);
    if ((end & (EndBit.terminated | EndBit.truncated)) !== 0 && t < row.steps - 1)
      return `step ${t}: episode over, expected ${row.steps} steps`;
  }
  if (row.bot_error !== undefined && options.reference) {
    const decision = bot.next(last);
    if (!('stuck' in decision))
      return `step ${row.steps}: action ${decision.action}, expected the bot to give up`;
  }
  const terminated = (end & EndBit.terminated) !== 0;
  const truncated = (end & EndBit.truncated) !== 0;
  if (terminated !== row.terminated) return `terminated is ${terminated}`;
  if (truncated !== row.truncated) return `truncated is ${truncated}`;
  if (env.reward !== row.reward) return `reward is ${env.reward}, expected ${row.reward}`;
  return null;
}
