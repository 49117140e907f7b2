import { LEARNINGS, type Learning, settingsFor, type TrainSettings } from '../../shared/config.ts';
import { DEFAULT_REWARDS, type RewardWeights } from '../../shared/rewards.ts';
import { branchWorlds, criticMissing, type SessionOptions } from '../learning/sessionOptions.ts';
import { natureOf } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { UsageError } from './command.ts';

/** What a resumed training takes from its file. */
const IN_THE_FILE = [
  'level',
  'init',
  'policy',
  'preset',
  'curriculum',
  'reward',
  'learning',
  'seed',
  'set',
  'workers',
  'allow-impossible',
];

const isLearning = (mode: string | undefined): mode is Learning =>
  LEARNINGS.some((learning) => learning === mode);

/** What the training in a file that `train` left behind is made of, as a session takes it. */
export async function resumedOptions(
  file: string,
  given: ReadonlySet<string>,
): Promise<SessionOptions> {
  const idle = IN_THE_FILE.find((name) => given.has(name));
  if (idle !== undefined)
    throw new UsageError(`--${idle} has no effect with --resume: ${file} says it`);
  return (await readTraining(file, 'resume')).options;
}

/** What a fork may have otherwise than its file says. */
export interface ForkWishes {
  level?: string;
  /** Easier levels beside the fork's own. */
  curriculumOf?: (level: string) => readonly string[];
  learning?: Learning;
  settings: Partial<TrainSettings>;
  rewards: Partial<RewardWeights>;
  seed?: number;
}

/** Options that a fork cannot have otherwise than its file. */
const IN_THE_WEIGHTS = ['init', 'policy', 'preset', 'workers', 'resume'];

/**
 * What a training is made of that branches off from a file of another, and whether it keeps its worlds; unchanged, it
 * repeats what the other did.
 */
export async function forkedOptions(
  file: string,
  wishes: ForkWishes,
  given: ReadonlySet<string>,
): Promise<{ options: SessionOptions; worlds: 'kept' | 'anew' }> {
  const idle = IN_THE_WEIGHTS.find((name) => given.has(name));
  if (idle !== undefined)
    throw new UsageError(`--${idle} has no effect with --fork: ${file} says it`);
  const { options: from, updates } = await readTraining(file, 'fork');
  const missing = criticMissing(from.settings, wishes.settings);
  if (missing !== undefined) throw new UsageError(`--set plannerWeight ${missing}`);
  const learning = wishes.learning ?? from.learning ?? 'ppo';
  const usual = learning === from.learning ? from.settings : settingsFor(from.init, learning);
  const levelId = wishes.level ?? from.levelId;
  const own = levelId === from.levelId ? from.curriculum : undefined;
  const to = {
    ...{ levelId, learning, curriculum: wishes.curriculumOf?.(levelId) ?? own },
    settings: { ...usual, evalEvery: 0, ...wishes.settings },
    seed: wishes.seed,
  };
  const { worlds, seed } = branchWorlds(from, to, updates);
  const rewards = { ...from.rewards, ...wishes.rewards };
  // Who asks for a way of learning keeps it.
  const followsRewards = wishes.learning === undefined && from.followsRewards === true;
  return { options: { ...from, ...to, seed, rewards, followsRewards }, worlds };
}

/** What a file that `train` left, or a run's checkpoint, says of its training. */
async function readTraining(
  file: string,
  option: 'resume' | 'fork',
): Promise<{ options: SessionOptions; updates: number }> {
  const { config, history, seeds, loaded } = await readPolicy(file);
  const stage = history.at(-1) as
    | {
        mode?: string;
        followsRewards?: boolean;
        levels?: string[];
        init?: string;
        settings?: TrainSettings;
        rewards?: RewardWeights;
        workers?: number;
        updates?: number;
      }
    | undefined;
  if (
    !loaded.info.run ||
    !stage ||
    !isLearning(stage.mode) ||
    !stage.levels?.[0] ||
    !stage.settings
  )
    throw new UsageError(
      `--${option} is "${file}", which holds a policy and no interrupted training; accepted: a file that train left, a checkpoint of a run, or --init ${file} to start from that policy`,
    );
  const [levelId, ...easier] = stage.levels;
  const { policy, preset } = natureOf(config);
  const options: SessionOptions = {
    levelId,
    ...(easier.length > 0 ? { curriculum: easier } : {}),
    init: stage.init ?? 'scratch',
    learning: stage.mode,
    ...(stage.followsRewards ? { followsRewards: true } : {}),
    policy,
    preset: preset === 'custom' ? 'nano' : preset,
    seed: seeds.run ?? 1,
    settings: stage.settings,
    rewards: { ...DEFAULT_REWARDS, ...stage.rewards },
    engine: 'auto',
    workers: stage.workers ?? 0,
    runId: 'cli',
  };
  return { options, updates: stage.updates ?? 0 };
}
