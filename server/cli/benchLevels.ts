import { ENGINE_NAMES } from '../../shared/config.ts';
import { levelTable, tableText } from '../bench/levelTable.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkLevel } from './levelOption.ts';

export const command = defineCommand({
  options: {
    checkpoint: {
      type: 'text',
      help: 'A checkpoint file, or a shipped one by name.',
      placeholder: 'FILE|NAME',
      default: 'default',
    },
    levels: { type: 'list', help: 'Level ids; all where not given.', placeholder: 'A,B' },
    episodes: {
      type: 'integer',
      help: 'Held-out episodes on each level.',
      default: 100,
      min: 1,
      max: 100_000,
    },
    engine: { type: 'text', help: 'What computes.', choices: ENGINE_NAMES, default: 'auto' },
    workers: {
      type: 'integer',
      help: 'Worker threads; 0 chooses from the cores.',
      default: 0,
      min: 0,
      max: 64,
    },
  },
  async run({ options, say }) {
    for (const level of options.levels ?? []) {
      const wrong = checkLevel(level);
      if (wrong) throw new UsageError(`--levels has "${level}"; ${wrong}`);
    }
    const rows = await levelTable({ ...options, onProgress: say });
    return { json: { checkpoint: options.checkpoint, rows }, text: tableText(rows) };
  },
});
