import {
  idleSetting,
  LEARNING_INFO,
  LEARNINGS,
  type Learning,
  settingsFor,
} from '../../shared/config.ts';
import { CURRICULA } from '../../shared/curricula.ts';
import { describeIssue } from '../../shared/replay.ts';
import {
  DEFAULT_REWARDS,
  REWARD_PRESETS,
  type RewardWeights,
  rewardsPatchSchema,
} from '../../shared/rewards.ts';
import {
  type ChosenLearning,
  learningInWords,
  paysMissionOnly,
  SHAPED_TRIES,
  usualLearning,
} from '../../shared/usualLearning.ts';
import { PolicySession } from '../learning/session.ts';
import type { SessionOptions } from '../learning/sessionOptions.ts';
import { defineCommand, UsageError } from './command.ts';
import { readJsonFile } from './jsonFile.ts';
import { checkLevels, LEVEL_OPTION, LEVELS_OPTION, proveMadeLevels } from './levelOption.ts';
import { forkedOptions, resumedOptions } from './resume.ts';
import {
  checkUpdateCost,
  parseSettings,
  policyAskedFor,
  TRAINING_OPTIONS,
} from './trainingOptions.ts';
import { trainUntilDone } from './trainLoop.ts';

export const command = defineCommand({
  options: {
    level: { ...LEVEL_OPTION, required: false },
    'allow-impossible': {
      type: 'flag',
      help: 'Train on a mission made by hand even where the bot never solves it.',
    },
    init: {
      type: 'text',
      help: 'What to start from: a checkpoint file, a shipped one by name, or scratch.',
      placeholder: 'FILE|NAME|scratch',
      default: 'default',
      path: 'read',
    },
    resume: {
      type: 'text',
      help: 'Go on with a training that was interrupted: the file that it left. Level, settings and the like are in it.',
      placeholder: 'FILE',
      path: 'read',
    },
    fork: {
      type: 'text',
      help: 'Branch off from a training: a file that train left, or a checkpoint of a run. With nothing else it repeats what the other did; --level, --curriculum, --reward, --learning, --set and --seed make it differ.',
      placeholder: 'FILE',
      path: 'read',
    },
    learning: {
      type: 'text',
      help: `How to learn; by default self-cloning where only the mission is paid and --init was taught many missions, else ppo. ${LEARNINGS.map((id) => `${id}: ${LEARNING_INFO[id].help}`).join(' ')}`,
      choices: LEARNINGS,
    },
    curriculum: {
      ...LEVELS_OPTION,
      help: 'Easier levels to train on beside --level, an equal share of the worlds each; or preset, for the one that comes with the level.',
      placeholder: 'A,B|preset',
    },
    steps: { type: 'integer', help: 'Stop after so many environment steps.', min: 1 },
    until: {
      type: 'number',
      help: 'Stop when held-out success reaches this share, and again on as many seeds never tested on before.',
      min: 0,
      max: 1,
    },
    'max-seconds': { type: 'number', help: 'Stop after so many seconds of training.', min: 1 },
    reward: {
      type: 'text',
      help: `Reward weights: a JSON file, or a preset (${REWARD_PRESETS.map(({ id }) => id).join(', ')}).`,
      placeholder: 'FILE|PRESET',
      path: 'read',
    },
    out: {
      type: 'text',
      help: 'Where to save the policy. What is needed to go on is kept beside it meanwhile.',
      placeholder: 'FILE',
      path: 'written',
      replaces: ['init'],
      goesOnBy: 'resume',
    },
    'eval-episodes': {
      type: 'integer',
      help: 'Held-out episodes of each test.',
      default: 200,
      min: 10,
    },
    'other-levels': {
      ...LEVELS_OPTION,
      help: 'Levels to test before and after, too: whether a training forgets what it is not about.',
    },
    'eval-every': { type: 'integer', help: 'Updates between held-out tests.', default: 10, min: 1 },
    ...TRAINING_OPTIONS,
  },
  async run({ options, given, say }) {
    const { steps, until, 'max-seconds': maxSeconds, resume } = options;
    if (steps === undefined && until === undefined && maxSeconds === undefined) {
      throw new UsageError(
        'nothing says when to stop; accepted: at least one of --steps, --until, --max-seconds',
      );
    }
    if (options['other-levels']) checkLevels(options['other-levels'], 'other-levels');
    const { fork } = options;
    const forked = fork === undefined ? undefined : await forkOptions(fork, options, given, say);
    const started =
      forked?.options ??
      (resume === undefined
        ? await startedOptions(options, given, say)
        : await resumedOptions(resume, given));
    checkUpdateCost(started, say);
    const from = fork === undefined ? resume : { file: fork, worlds: forked?.worlds };
    const session = await PolicySession.create({ ...started, engine: options.engine }, from);
    try {
      const result = await trainUntilDone(session, {
        level: started.levelId,
        rewards: started.rewards,
        steps,
        until,
        maxSeconds,
        evalEpisodes: options['eval-episodes'],
        evalEvery: options['eval-every'],
        out: options.out,
        ...(resume !== undefined && { resumed: { file: resume, engine: options.engine } }),
        otherLevels: options['other-levels'],
        say,
      });
      const { curriculum } = started;
      const { exitCode, ...measured } = result;
      return {
        json: {
          level: started.levelId,
          init: started.init,
          ...session.nature,
          ...(curriculum ? { curriculum } : {}),
          ...(resume === undefined ? {} : { resumed: resume }),
          ...(forked ? { forked: fork, worlds: forked.worlds } : {}),
          ...measured,
          engine: session.engine.name,
          workers: session.engine.workers,
          parameters: session.parameters,
        },
        exitCode,
      };
    } finally {
      await session.dispose();
    }
  },
});

interface StartOptions {
  level?: string;
  'allow-impossible': boolean;
  init: string;
  learning?: Learning;
  policy: SessionOptions['policy'];
  preset: SessionOptions['preset'];
  curriculum?: readonly string[];
  reward?: string;
  seed: number;
  set?: readonly string[];
  engine: SessionOptions['engine'];
  workers: number;
}

/** What a training that begins is made of. */
async function startedOptions(
  options: StartOptions,
  given: ReadonlySet<string>,
  say: (line: string) => void,
): Promise<SessionOptions> {
  const { level, init } = options;
  if (level === undefined)
    throw new UsageError('--level is missing: accepted: a level id, or --resume FILE');
  const curriculum = curriculumOf(level, options.curriculum);
  const made = { level: [level], curriculum: curriculum ?? [] };
  await proveMadeLevels(made, options['allow-impossible'], say);
  const patch = parseSettings(options.set);
  const { start, ...asked } = await policyAskedFor(options, given);
  const rewards = {
    ...DEFAULT_REWARDS,
    ...(options.reward ? await readRewards(options.reward) : {}),
  };
  const chosen: ChosenLearning = options.learning
    ? { learning: options.learning, learningReason: 'asked' }
    : usualLearning(start, rewards, patch);
  const { learning } = chosen;
  const idle = idleSetting(learning, asked.policy, patch);
  if (idle) throw new UsageError(`--set ${idle.id} ${idle.message}`);
  say(`${learningInWords(chosen)}.`);
  if (learning === 'self-cloning' && !paysMissionOnly(rewards)) say(SHAPED_TRIES);
  return {
    levelId: level,
    curriculum,
    init,
    learning,
    ...asked,
    seed: options.seed,
    settings: { ...settingsFor(init, learning), evalEvery: 0, ...patch },
    rewards,
    engine: options.engine,
    workers: options.workers,
    runId: 'cli',
  };
}

/** What a training that branches off is made of. */
async function forkOptions(
  file: string,
  options: StartOptions,
  given: ReadonlySet<string>,
  say: (line: string) => void,
) {
  const { level, learning, curriculum } = options;
  const named = curriculum?.[0] === 'preset' ? [] : (curriculum ?? []);
  checkLevels(named, 'curriculum');
  const made = { level: level === undefined ? [] : [level], curriculum: named };
  await proveMadeLevels(made, options['allow-impossible'], say);
  const settings = parseSettings(options.set);
  const rewards = options.reward ? await readRewards(options.reward) : {};
  const seed = given.has('seed') ? options.seed : undefined;
  const curriculumFor =
    curriculum && ((own: string) => curriculumOf(own, curriculum) ?? curriculum);
  const wishes = { level, curriculumOf: curriculumFor, learning, settings, rewards, seed };
  const forked = await forkedOptions(file, wishes, given);
  const { learning: learns = 'ppo', policy } = forked.options;
  const idle = idleSetting(learns, policy, settings);
  if (idle) throw new UsageError(`--set ${idle.id} ${idle.message}`);
  return forked;
}

/** Levels that `--curriculum` names. */
function curriculumOf(level: string, given: readonly string[] | undefined) {
  if (given === undefined) return undefined;
  if (given.length !== 1 || given[0] !== 'preset') {
    checkLevels(given, 'curriculum');
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
  const wrong = (what: string) =>
    new UsageError(
      `--reward is "${nameOrFile}", which ${what}; accepted: a JSON file of weights, or ${REWARD_PRESETS.map(({ id }) => id).join(', ')}`,
    );
  const input = await readJsonFile(nameOrFile, wrong);
  const result = rewardsPatchSchema.safeParse(input);
  if (!result.success)
    throw new UsageError(`--reward ${nameOrFile}: ${describeIssue(result.error, input)}`);
  return result.data;
}
