/** The expert: see README.md beside this file. */
export {
  Bot,
  type BotClass,
  type BotDatum,
  type BotDecision,
  type BotLabel,
  type BotOptions,
  type BotSubgoal,
  type BotWorld,
} from './bot.ts';
export type { Reason } from './plan.ts';
export { type BotRow, compareWithRow } from './replay.ts';
export {
  type BotRun,
  type BotRunOptions,
  type BotStats,
  type BotStatsOptions,
  botStats,
  playOut,
  runBot,
} from './run.ts';
