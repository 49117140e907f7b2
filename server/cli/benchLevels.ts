import { levelTable, tableText } from '../bench/levelTable.ts';
import { defineCommand } from './command.ts';
import { checkLevels, LEVELS_OPTION } from './levelOption.ts';
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
    ...COMPUTE_OPTIONS,
  },
  async run({ options, say }) {
    checkLevels(options.levels ?? []);
    const rows = await levelTable({ ...options, onProgress: say });
    return { json: { checkpoint: options.checkpoint, rows }, text: tableText(rows) };
  },
});
