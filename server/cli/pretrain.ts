import type { MetricPoint } from '../../shared/metrics.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { CLONING_SETTINGS, cloneUntil } from '../learning/cloning/recipes.ts';
import { PolicySession } from '../learning/session.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { KeptWork } from './keptWork.ts';
import { checkLevels, LEVELS_OPTION, proveMadeLevels } from './levelOption.ts';
import { percent } from './percent.ts';
import { parseSettings, policyAskedFor, TRAINING_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    levels: {
      ...LEVELS_OPTION,
      help: 'Level ids to learn at the same time; one named twice gets twice the worlds.',
      required: true,
    },
    'allow-impossible': {
      type: 'flag',
      help: 'Learn from a mission made by hand even where the bot never solves it.',
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
      path: 'read',
    },
    out: {
      type: 'text',
      help: 'Where to save the policy. The newest is kept beside it meanwhile.',
      placeholder: 'FILE',
      required: true,
      path: 'written',
    },
    ...TRAINING_OPTIONS,
  },
  async run({ options, given, say }) {
    checkLevels(options.levels);
    const { episodes: wanted, seconds: time } = options;
    if ((wanted === undefined) === (time === undefined))
      throw new UsageError('one of --episodes and --seconds is needed, and not both');
    await proveMadeLevels('levels', options.levels, options['allow-impossible'], say);
    const asked = await policyAskedFor(options, given);
    const settings = { ...CLONING_SETTINGS, ...parseSettings(options.set) };
    const session = await PolicySession.create({
      mode: 'clone',
      levelId: options.levels[0],
      levelIds: options.levels,
      init: options.init,
      ...asked,
      seed: options.seed,
      settings,
      rewards: DEFAULT_REWARDS,
      engine: options.engine,
      workers: options.workers,
      runId: 'cli',
    });
    const interrupts = new Interrupts(say);
    const kept = new KeptWork(options.out, (file) => session.export(file), say);
    try {
      let said = 0;
      const done = ({ episodes, seconds }: MetricPoint) => {
        if (interrupts.signal) return 1;
        return wanted === undefined ? seconds / (time as number) : episodes / wanted;
      };
      const point = await cloneUntil(session, settings.learningRate, done, async (at, share) => {
        const { actionAccuracy, goalAccuracy } = session.cloning;
        if (at.seconds - said >= 10 || share >= 1) {
          said = at.seconds;
          say(
            `${at.episodes}${wanted === undefined ? '' : ` of ${wanted}`} episodes, ${at.envSteps} steps, ${at.seconds.toFixed(0)}${time === undefined ? '' : ` of ${time}`} s: actions ${percent(actionAccuracy)}, goals ${percent(goalAccuracy)} as the expert's`,
          );
        }
        if (share < 1) await kept.saveWhenDue();
      });
      if (interrupts.signal) {
        const isSaved = await kept.save();
        const rest =
          wanted === undefined
            ? `--seconds ${Math.max(1, Math.round((time as number) - point.seconds))}`
            : `--episodes ${Math.max(1, wanted - point.episodes)}`;
        say(
          isSaved
            ? `Stopped after ${point.episodes} episodes and saved in ${kept.file}. To go on: pretrain --init ${kept.file} ${rest} --out ${options.out} and the same levels`
            : `Stopped after ${point.episodes} episodes; nothing could be saved`,
        );
        return {
          json: {
            levels: options.levels,
            episodes: point.episodes,
            interrupted: interrupts.signal,
            ...(isSaved ? { kept: kept.file } : {}),
          },
          exitCode: interrupts.exitCode,
        };
      }
      const { weightsHash, bytes } = await session.export(options.out);
      await kept.finish();
      // The accuracies of the last update are of the weights before and during it.
      const { actionAccuracy, goalAccuracy } = await session.measureCloning();
      return {
        json: {
          levels: options.levels,
          ...session.nature,
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
      interrupts.dispose();
      await session.dispose();
    }
  },
});
