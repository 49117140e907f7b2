import { benchEnv, benchEnvWorkers } from '../bench/benchEnv.ts';
import { defineBench } from './benchCommand.ts';
import { LEVEL_OPTION } from './levelOption.ts';

export const command = defineBench({
  options: {
    level: LEVEL_OPTION,
    envs: {
      type: 'integer',
      help: 'Environments stepped together.',
      default: 64,
      min: 1,
      max: 65536,
    },
    workers: {
      type: 'integer',
      help: 'Threads, each with so many environments; with 2 and more, measured against one.',
      default: 1,
      min: 1,
      max: 256,
    },
    seconds: { type: 'number', help: 'How long to measure.', default: 5, min: 0.1, max: 3600 },
  },
  async run({ options }) {
    const { level, envs, seconds, workers } = options;
    if (workers > 1) {
      const scaling = await benchEnvWorkers({ levelId: level, envs, seconds }, workers);
      return { json: { level, envs, ...scaling } };
    }
    const result = benchEnv({ levelId: level, envs, seconds });
    return { json: { level, envs, workers, ...result } };
  },
});
