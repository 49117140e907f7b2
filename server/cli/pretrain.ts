import type { MetricPoint } from '../../shared/metrics.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { CLONING_SETTINGS, cloneUntil } from '../learning/cloning/recipes.ts';
import { PolicySession } from '../learning/session.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkLevels } from './levelOption.ts';
import { parseSettings, TRAINING_OPTIONS } from './trainingOptions.ts';

/** Seconds between the states of a long run that `--out` holds meanwhile. */
const SAVE_EVERY = 300;

export const command = defineCommand({
  options: {
    levels: {
      type: 'list',
      help: 'Level ids to learn at the same time; one named twice gets twice the worlds.',
      placeholder: 'A,B',
      required: true,
    },
    episodes: {
      type: 'integer',
      help: 'Episodes to watch, all levels together.',
      min: 1,
    },
    seconds: {
      type: 'integer',
      help: 'Seconds to learn for, instead of --episodes.',
      min: 1,
    },
    init: {
      type: 'text',
      help: 'What to start from.',
      placeholder: 'FILE|NAME|scratch',
      default: 'scratch',
    },
    out: { type: 'text', help: 'Where to save the policy.', placeholder: 'FILE', required: true },
    ...TRAINING_OPTIONS,
  },
  async run({ options, say }) {
    checkLevels(options.levels);
    const { episodes: wanted, seconds: time } = options;
    if ((wanted === undefined) === (time === undefined))
      throw new UsageError('one of --episodes and --seconds is needed, and not both');
    const settings = { ...CLONING_SETTINGS, ...parseSettings(options.set) };
    const session = await PolicySession.create({
      mode: 'clone',
      levelId: options.levels[0],
      levelIds: options.levels,
      init: options.init,
      policy: options.policy,
      preset: options.preset,
      seed: options.seed,
      settings,
      rewards: DEFAULT_REWARDS,
      engine: options.engine,
      workers: options.workers,
      runId: 'cli',
    });
    try {
      let said = 0;
      let saved = 0;
      const done = ({ episodes, seconds }: MetricPoint) =>
        wanted === undefined ? seconds / (time as number) : episodes / wanted;
      const point = await cloneUntil(session, settings.learningRate, done, async (at, share) => {
        const { actionAccuracy, goalAccuracy } = session.cloning;
        if (at.seconds - said >= 10 || share >= 1) {
          said = at.seconds;
          const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
          say(
            `${at.episodes}${wanted === undefined ? '' : ` of ${wanted}`} episodes, ${at.envSteps} steps, ${at.seconds.toFixed(0)}${time === undefined ? '' : ` of ${time}`} s: actions ${percent(actionAccuracy)}, goals ${percent(goalAccuracy)} as the expert's`,
          );
        }
        if (at.seconds - saved >= SAVE_EVERY && share < 1) {
          saved = at.seconds;
          await session.export(options.out);
        }
      });
      const { actionAccuracy, goalAccuracy } = session.cloning;
      const { weightsHash, bytes } = await session.export(options.out);
      return {
        json: {
          levels: options.levels,
          episodes: point.episodes,
          steps: point.envSteps,
          seconds: Math.round(point.seconds),
          actionAccuracy,
          goalAccuracy,
          engine: session.engine.name,
          workers: session.engine.workers,
          parameters: session.parameters,
          weightsHash,
          bytes,
          out: options.out,
        },
      };
    } finally {
      await session.dispose();
    }
  },
});
