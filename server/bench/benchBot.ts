import { fileURLToPath } from 'node:url';
import { Bot } from '../../envs/bot/index.ts';
import { createEnv, EndBit } from '../../envs/index.ts';

export interface BotRate {
  readonly level: string;
  /** Decisions a second of the bot alone, one core: the median round. */
  readonly decisionsPerSecond: number;
  /** Decisions with the environment's steps and resets in the same time. */
  readonly withEnvironment: number;
}

const SEEDS = 400;

/** Processor time of this process: unlike the clock it does not count what others take. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Measures the bot's own time: each round plays the same seeds with the bot, then the same actions
 * without it, and takes the difference.
 */
export function benchBot(level: string, rounds = 9): BotRate {
  const env = createEnv(level, { seed: 0 });
  const bot = new Bot(env);
  const games: number[][] = [];
  let decisions = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    env.forget();
    env.reset(seed);
    bot.reset();
    const actions: number[] = [];
    for (let end = 0; (end & (EndBit.terminated | EndBit.truncated)) === 0; ) {
      const decision = bot.next();
      if ('stuck' in decision) break;
      actions.push(decision.action);
      end = env.advance(decision.action);
    }
    decisions += actions.length;
    games.push(actions);
  }
  const alone: number[] = [];
  const together: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const start = cpuMilliseconds();
    for (let seed = 0; seed < SEEDS; seed++) {
      env.forget();
      env.reset(seed);
      bot.reset();
      for (let t = games[seed].length; t > 0; t--) {
        const decision = bot.next();
        if ('action' in decision) env.advance(decision.action);
      }
    }
    const middle = cpuMilliseconds();
    for (let seed = 0; seed < SEEDS; seed++) {
      env.forget();
      env.reset(seed);
      for (const action of games[seed]) env.advance(action);
    }
    const stop = cpuMilliseconds();
    // The first rounds warm up the compiler.
    if (round < 0) continue;
    together.push(middle - start);
    alone.push(2 * middle - start - stop);
  }
  const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] / 1000;
  return {
    level,
    decisionsPerSecond: Math.round(decisions / median(alone)),
    withEnvironment: Math.round(decisions / median(together)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const levels = process.argv.slice(2);
  if (levels.length === 0)
    levels.push('BabyAI-GoToLocal-v0', 'BabyAI-GoTo-v0', 'BabyAI-BossLevel-v0');
  for (const level of levels) console.log(JSON.stringify(benchBot(level)));
}
