import { setFlagsFromString } from 'node:v8';
import { ENGINE_CHOICES } from '../../shared/config.ts';
import { soak } from '../bench/soak.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {
    minutes: { type: 'number', help: 'How long to train.', default: 20, min: 0.1, max: 1440 },
    engine: { type: 'text', help: 'What to compute on.', choices: ENGINE_CHOICES, default: 'wasm' },
    workers: {
      type: 'integer',
      help: 'Data-parallel workers; 0 chooses by the machine’s cores.',
      default: 0,
      min: 0,
      max: 256,
    },
  },
  async run({ options, say }) {
    // So that what is measured is what is held, not what has yet to be collected; threads inherit it.
    setFlagsFromString('--expose-gc');
    const result = await soak({ ...options, say });
    return { json: { ...result }, exitCode: result.flat ? 0 : 1 };
  },
});
