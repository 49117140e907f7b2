import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { levelTable, tableText } from '../bench/levelTable.ts';
import { goalModeOf } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { defineCommand } from './command.ts';
import { GOALS_OPTION } from './evaluate.ts';
import { checkLevels, checkSeeds, LEVELS_OPTION } from './levelOption.ts';
import { CHECKPOINT_OPTION, COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    checkpoint: { ...CHECKPOINT_OPTION, default: 'default' },
    levels: { ...LEVELS_OPTION, help: 'Level ids; all where not given.' },
    episodes: {
      type: 'integer',
      help: 'Held-out episodes on each level.',
      default: 100,
      min: 1,
      max: 100_000,
    },
    'seed-base': {
      type: 'integer',
      help: 'Seed of the first episode on each level; the others follow.',
      default: EVAL_SEED_BASE,
      min: 0,
    },
    goals: GOALS_OPTION,
    ...COMPUTE_OPTIONS,
  },
  async run({ options, say }) {
    checkLevels(options.levels ?? []);
    const { 'seed-base': seedBase, ...rest } = options;
    checkSeeds(seedBase, options.episodes);
    const rows = await levelTable({ ...rest, seedBase, onProgress: say });
    const { config } = await readPolicy(options.checkpoint);
    const goals = goalModeOf(config, { ...options, greedy: false }) ?? 'none';
    return {
      json: { checkpoint: options.checkpoint, goals, seedBase, rows },
      text: `Goals: ${goals}\n\n${tableText(rows)}`,
    };
  },
});
