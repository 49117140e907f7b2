import { benchTrain } from '../bench/benchTrain.ts';
import { defineBench } from './benchCommand.ts';
import { LEVEL_OPTION } from './levelOption.ts';
import { parseSettings, TRAINING_OPTIONS } from './trainingOptions.ts';

export const command = defineBench({
  options: {
    level: { ...LEVEL_OPTION, required: false, default: 'BabyAI-GoToRedBall-v0' },
    seconds: { type: 'number', help: 'How long to measure.', default: 20, min: 1, max: 3600 },
    ...TRAINING_OPTIONS,
  },
  async run({ options, say }) {
    const { level, seconds, set, ...rest } = options;
    const result = await benchTrain({
      ...rest,
      levelId: level,
      seconds,
      settings: parseSettings(set),
      onProgress: say,
    });
    return { json: result };
  },
});
