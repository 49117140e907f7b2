import { benchTrain } from '../bench/benchTrain.ts';
import { defineBench } from './benchCommand.ts';
import { LEVEL_OPTION } from './levelOption.ts';
import { parseSettings, TRAINING_OPTIONS } from './trainingOptions.ts';

export const command = defineBench({
  options: {
    level: { ...LEVEL_OPTION, required: false, default: 'BabyAI-GoToRedBall-v0' },
    seconds: { type: 'number', help: 'How long to measure.', default: 20, min: 1, max: 3600 },
    profile: {
      type: 'flag',
      help: 'Say where the time goes: worlds, features, each kernel, waiting.',
    },
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
    const { profile, ...figures } = result;
    if (!profile) return { json: result };
    const rows = Object.entries(profile).map(
      ([kind, share]) => `  ${share.toFixed(1).padStart(5)} %  ${kind}`,
    );
    const head = Object.entries(figures)
      .filter(([, value]) => typeof value !== 'object')
      .map(([key, value]) => `${key}: ${value}`);
    return {
      json: result,
      text: [...head, 'where the time of the workers goes:', ...rows].join('\n'),
    };
  },
});
