import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { levelTable, tableText } from '../bench/levelTable.ts';
import { defineCommand } from './command.ts';
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
    ...COMPUTE_OPTIONS,
  },
  async run({ options, say }) {
    checkLevels(options.levels ?? []);
    const { 'seed-base': seedBase, ...rest } = options;
    checkSeeds(seedBase, options.episodes);
    const rows = await levelTable({ ...rest, seedBase, onProgress: say });
    return { json: { checkpoint: options.checkpoint, seedBase, rows }, text: tableText(rows) };
  },
});
