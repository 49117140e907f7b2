import { listLevels } from '../../envs/index.ts';
import { benchReplays } from '../bench/benchReplays.ts';
import { defineBench } from './benchCommand.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineBench({
  options: {
    episodes: {
      type: 'integer',
      help: 'Episodes, in turn on all levels.',
      default: 1000,
      min: 1,
      max: 1_000_000,
    },
    flips: {
      type: 'integer',
      help: 'Bytes that are changed, one at a time.',
      default: 100_000,
      min: 0,
      max: 100_000_000,
    },
    seed: { type: 'integer', help: 'Determines them all.', default: 1, min: 0, max: 1000 },
    engine: COMPUTE_OPTIONS.engine,
  },
  async run({ options, say }) {
    const levelIds = listLevels().map(({ id }) => id);
    const result = await benchReplays({ ...options, levelIds, onProgress: say });
    return {
      json: { ...result, levels: levelIds.length },
      exitCode: result.findings.length === 0 ? 0 : 1,
    };
  },
});
