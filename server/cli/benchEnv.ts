import { benchEnv } from '../bench/benchEnv.ts';
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
    seconds: { type: 'number', help: 'How long to measure.', default: 5, min: 0.1, max: 3600 },
  },
  run({ options }) {
    const result = benchEnv({
      levelId: options.level,
      envs: options.envs,
      seconds: options.seconds,
    });
    return { json: { level: options.level, ...result } };
  },
});
