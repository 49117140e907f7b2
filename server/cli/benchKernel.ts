import { ENGINE_NAMES } from '../../shared/config.ts';
import { benchKernel } from '../bench/benchKernel.ts';
import { defineCommand, UsageError } from './command.ts';

export const command = defineCommand({
  options: {
    tokens: { type: 'integer', help: 'Tokens of a sample.', default: 16, min: 1, max: 512 },
    width: {
      type: 'integer',
      help: 'Width of the network; a multiple of 16.',
      default: 128,
      min: 16,
      max: 2048,
    },
    batch: { type: 'integer', help: 'Samples in a batch.', default: 256, min: 1, max: 65536 },
    engine: { type: 'text', help: 'What computes.', choices: ENGINE_NAMES, default: 'wasm' },
    seconds: { type: 'number', help: 'How long to measure.', default: 20, min: 1, max: 3600 },
  },
  async run({ options }) {
    if (options.width % 16 !== 0) {
      throw new UsageError(`--width is ${options.width}; accepted: a multiple of 16`);
    }
    return { json: { ...(await benchKernel(options)) } };
  },
});
