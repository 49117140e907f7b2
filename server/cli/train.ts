import { readFile } from 'node:fs/promises';
import { settingsFor } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { CURRICULA } from '../../shared/curricula.ts';
import { describeHacking } from '../../shared/hackingAlarm.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import { describeIssue } from '../../shared/replay.ts';
import {
  DEFAULT_REWARDS,
  REWARD_PRESETS,
  type RewardWeights,
  rewardsPatchSchema,
} from '../../shared/rewards.ts';
import { PolicySession } from '../learning/session.ts';
import { HackingWatch } from '../runs/hackingWatch.ts';
import { checkMadeLevel, isMadeByHand } from '../runs/missions.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkLevels, LEVEL_OPTION } from './levelOption.ts';
import { parseSettings, TRAINING_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    level: LEVEL_OPTION,
    'allow-impossible': {
      type: 'flag',
      help: 'Train on a mission made by hand even where the bot never solves it.',
    },
    init: {
      type: 'text',
      help: 'What to start from: a checkpoint file, a shipped one by name, or scratch.',
      placeholder: 'FILE|NAME|scratch',
      default: 'default',
    },
    curriculum: {
      type: 'list',
      help: 'Easier levels to train on beside --level, an equal share of the worlds each; or preset, for the one that comes with the level.',
      placeholder: 'A,B|preset',
    },
    steps: { type: 'integer', help: 'Stop after so many environment steps.', min: 1 },
    until: {
      type: 'number',
      help: 'Stop when held-out success reaches this share.',
      min: 0,
      max: 1,
    },
    'max-seconds': { type: 'number', help: 'Stop after so many seconds of training.', min: 1 },
    reward: {
      type: 'text',
      help: `Reward weights: a JSON file, or a preset (${REWARD_PRESETS.map(({ id }) => id).join(', ')}).`,
      placeholder: 'FILE|PRESET',
    },
    out: { type: 'text', help: 'Where to save the policy.', placeholder: 'FILE' },
    'eval-episodes': {
      type: 'integer',
      help: 'Held-out episodes of each test.',
      default: 200,
      min: 10,
    },
    'eval-every': { type: 'integer', help: 'Updates between held-out tests.', default: 10, min: 1 },
    ...TRAINING_OPTIONS,
  },
  async run({ options, say }) {
    const { steps, until, 'max-seconds': maxSeconds } = options;
    if (steps === undefined && until === undefined && maxSeconds === undefined) {
      throw new UsageError(
        'nothing says when to stop; accepted: at least one of --steps, --until, --max-seconds',
      );
    }
    const { level } = options;
    if (isMadeByHand(level)) {
      const proof = await checkMadeLevel(level, 'level', options['allow-impossible']).catch(
        (error: Error) => {
          throw new UsageError(`--level: ${error.message}; --allow-impossible trains on it anyway`);
        },
      );
      say(`the bot solves ${level} in ${proof.expectedLength?.toFixed(1) ?? 'no number of'} steps`);
    }
    const curriculum = curriculumOf(level, options.curriculum);
    const rewards = {
      ...DEFAULT_REWARDS,
      ...(options.reward ? await readRewards(options.reward) : {}),
    };
    const settings = {
      ...settingsFor(options.init),
      evalEvery: 0,
      ...parseSettings(options.set),
    };
    const session = await PolicySession.create({
      levelId: options.level,
      curriculum,
      init: options.init,
      policy: options.policy,
      preset: options.preset,
      seed: options.seed,
      settings,
      rewards,
      engine: options.engine,
      workers: options.workers,
      runId: 'cli',
    });
    try {
      const curve: [number, number, number][] = [];
      const test = async (envSteps: number, seconds: number, episodes: number) => {
        const result = await session.evaluate({
          levelId: options.level,
          episodes,
          seedBase: EVAL_SEED_BASE,
          greedy: false,
        });
        curve.push([envSteps, round(seconds), result.success]);
        say(
          `${envSteps} steps, ${seconds.toFixed(1)} s: held-out success ${(100 * result.success).toFixed(1)} %`,
        );
        return result;
      };
      const hacking = new HackingWatch();
      let isWarned = false;
      /** Tells whoever trains once when the return rises while success falls, and again after it was over. */
      const watch = (point: MetricPoint) => {
        const alarm = hacking.add(point, rewards, options['eval-episodes']);
        if (alarm === undefined) return;
        if (alarm !== 'none' && !isWarned) say(`warning: ${describeHacking(alarm)}`);
        isWarned = alarm !== 'none';
      };
      let last = await test(0, 0, options['eval-episodes']);
      const { success: evalSuccess } = last;
      watch({ envSteps: 0, episodes: 0, seconds: 0, updates: 0, values: { evalSuccess } });
      const startSuccess = last.success;
      let envSteps = 0;
      let seconds = 0;
      const finished = () =>
        (steps !== undefined && envSteps >= steps) ||
        (maxSeconds !== undefined && seconds >= maxSeconds) ||
        (until !== undefined && envSteps > 0 && last.success >= until);
      while (!finished()) {
        const { point } = await session.update();
        ({ envSteps, seconds } = point);
        if (Number.isNaN(point.values.gradNorm))
          throw new Error(
            'training diverged: the gradient is not finite; try a lower learningRate',
          );
        const due = point.updates % options['eval-every'] === 0;
        const ending =
          (steps !== undefined && envSteps >= steps) ||
          (maxSeconds !== undefined && seconds >= maxSeconds);
        if (due || ending) {
          last = await test(envSteps, seconds, options['eval-episodes']);
          point.values.evalSuccess = last.success;
        }
        watch(point);
      }
      const saved = options.out ? await session.export(options.out) : await session.hash();
      return {
        json: {
          level: options.level,
          init: options.init,
          ...(curriculum ? { curriculum } : {}),
          envSteps,
          seconds: round(seconds),
          envStepsPerSecond: round(envSteps / seconds),
          startSuccess,
          success: last.success,
          ci95: last.ci95,
          episodes: last.episodes,
          curve,
          engine: session.engine.name,
          workers: session.engine.workers,
          parameters: session.parameters,
          weightsHash: saved.weightsHash,
        },
      };
    } finally {
      await session.dispose();
    }
  },
});

/** Levels that `--curriculum` names. */
function curriculumOf(level: string, given: readonly string[] | undefined) {
  if (given === undefined) return undefined;
  if (given.length !== 1 || given[0] !== 'preset') {
    checkLevels(given);
    return given;
  }
  const known = CURRICULA[level];
  if (known) return known;
  const levels = Object.keys(CURRICULA).join(', ');
  throw new UsageError(
    `--curriculum preset: ${level} has none; accepted: levels, or preset for ${levels}`,
  );
}

/** Reward weights of a preset or a JSON file. */
async function readRewards(nameOrFile: string): Promise<Partial<RewardWeights>> {
  const preset = REWARD_PRESETS.find(({ id }) => id === nameOrFile);
  if (preset) return preset.weights;
  let input: unknown;
  try {
    input = JSON.parse(await readFile(nameOrFile, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `--reward is "${nameOrFile}", which cannot be read as JSON (${(error as Error).message}); accepted: a JSON file of weights, or ${REWARD_PRESETS.map(({ id }) => id).join(', ')}`,
    );
  }
  const result = rewardsPatchSchema.safeParse(input);
  if (!result.success)
    throw new UsageError(`--reward ${nameOrFile}: ${describeIssue(result.error, input)}`);
  return result.data;
}

const round = (value: number) => Math.round(value * 100) / 100;
