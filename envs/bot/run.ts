import type { LevelSpec, Seed } from '../index.ts';
import { type BabyAIEnv, createEnv, EndBit, EndlessGenerationError } from '../index.ts';
import { Bot, type BotOptions } from './bot.ts';

/** How one episode of the bot went. */
export interface BotRun {
  readonly success: boolean;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** Steps taken. */
  readonly length: number;
  /** Mission reward of the last step. */
  readonly reward: number;
  readonly mission: string;
  readonly actions: readonly number[];
  /** Why the bot gave up, if it did. */
  readonly stuck?: string;
}

export interface BotRunOptions extends BotOptions {
  readonly levelId: string | LevelSpec;
  readonly seed: Seed;
  /** Stop after this many steps; default: the level's own limit. */
  readonly maxSteps?: number;
}

/** Plays one episode of a fresh environment with the bot. Throws for an unknown level or seed. */
export function runBot(options: BotRunOptions): BotRun {
  const env = createEnv(options.levelId);
  env.reset(options.seed);
  return playOut(env, new Bot(env, options), options.maxSteps);
}

/** Plays on from the environment's present state until the episode ends or the bot is stuck. */
export function playOut(env: BabyAIEnv, bot: Bot, maxSteps = Infinity): BotRun {
  const actions: number[] = [];
  let end = 0;
  let stuck: string | undefined;
  while ((end & (EndBit.terminated | EndBit.truncated)) === 0 && actions.length < maxSteps) {
    const decision = bot.next();
    if ('stuck' in decision) {
      stuck = decision.stuck;
      break;
    }
    actions.push(decision.action);
    end = env.advance(decision.action);
  }
  return {
    success: (end & EndBit.success) !== 0,
    terminated: (end & EndBit.terminated) !== 0,
    truncated: (end & EndBit.truncated) !== 0,
    length: actions.length,
    reward: env.reward,
    mission: env.mission,
    actions,
    stuck,
  };
}

export interface BotStatsOptions extends BotOptions {
  readonly levelId: string | LevelSpec;
  readonly episodes: number;
  /**
   * Episodes use the seeds from here on, each drawing what a fresh environment draws. Seeds that have
   * no level (generation would never end) are passed over. Default 0.
   */
  readonly seedBase?: number;
}
export interface BotStats {
  readonly episodes: number;
  /** Share of episodes that ended in success. */
  readonly success: number;
  /** Mean steps of the successful episodes; NaN where there is none. */
  readonly meanLength: number;
  /** Mean mission reward of all episodes. */
  readonly meanReward: number;
  readonly longest: number;
  /** Actions chosen in all. */
  readonly decisions: number;
  /** Why the bot gave up, and how often. */
  readonly stuck: Readonly<Record<string, number>>;
}

/** Resets with the first seed from `seed` on that has a level; returns it. */
function resetFrom(env: BabyAIEnv, seed: number): number {
  for (; ; seed++) {
    env.forget();
    try {
      env.reset(seed);
      return seed;
    } catch (error) {
      if (!(error instanceof EndlessGenerationError)) throw error;
    }
  }
}

/** The bot's record on a level, over consecutive seeds. Throws for an unknown level or a bad count. */
export function botStats(options: BotStatsOptions): BotStats {
  const { episodes, seedBase = 0 } = options;
  if (!Number.isInteger(episodes) || episodes < 1)
    throw new RangeError(`episodes is ${episodes}; accepted: a whole number from 1`);
  if (!Number.isSafeInteger(seedBase) || seedBase < 0)
    throw new RangeError(`seedBase is ${seedBase}; accepted: a whole number from 0`);
  const env = createEnv(options.levelId);
  const stuck: Record<string, number> = {};
  let bot: Bot | undefined;
  let successes = 0;
  let lengths = 0;
  let rewards = 0;
  let decisions = 0;
  let longest = 0;
  let seed = seedBase;
  for (let episode = 0; episode < episodes; episode++) {
    seed = resetFrom(env, seed) + 1;
    if (bot === undefined) bot = new Bot(env, options);
    else bot.reset();
    const run = playOut(env, bot);
    decisions += run.length;
    if (run.length > longest) longest = run.length;
    if (run.stuck !== undefined) stuck[run.stuck] = (stuck[run.stuck] ?? 0) + 1;
    if (!run.success) continue;
    successes++;
    lengths += run.length;
    rewards += run.reward;
  }
  return {
    episodes,
    success: successes / episodes,
    meanLength: lengths / successes,
    meanReward: rewards / episodes,
    longest,
    decisions,
    stuck,
  };
}
