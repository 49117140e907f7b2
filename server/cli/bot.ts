import { botStats } from '../../envs/bot/index.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { defineCommand } from './command.ts';
import { checkSeeds, LEVEL_OPTION } from './levelOption.ts';

export const command = defineCommand({
  options: {
    level: LEVEL_OPTION,
    episodes: { type: 'integer', help: 'Episodes to play.', default: 100, min: 1, max: 1_000_000 },
    'seed-base': {
      type: 'integer',
      help: 'Seed of the first episode; the others follow.',
      default: EVAL_SEED_BASE,
      min: 0,
    },
  },
  run({ options }) {
    checkSeeds(options['seed-base'], options.episodes);
    const stats = botStats({
      levelId: options.level,
      episodes: options.episodes,
      seedBase: options['seed-base'],
    });
    const { success, meanLength, meanReward, longest, stuck } = stats;
    return {
      json: {
        level: options.level,
        episodes: options.episodes,
        success,
        meanLength,
        meanReward,
        longest,
        stuck,
      },
    };
  },
});
