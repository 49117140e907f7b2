import { LEARNINGS, type Learning, type TrainSettings } from '../../shared/config.ts';
import { DEFAULT_REWARDS, type RewardWeights } from '../../shared/rewards.ts';
import type { SessionOptions } from '../learning/sessionOptions.ts';
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
  const { config, history, seeds, loaded } = await readPolicy(file);
  const stage = history.at(-1) as
    | {
        mode?: string;
        levels?: string[];
        init?: string;
        settings?: TrainSettings;
        rewards?: RewardWeights;
        workers?: number;
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
      `--resume is "${file}", which holds a policy and no interrupted training; accepted: a file that train left, or --init ${file} to start from that policy`,
    );
  const [levelId, ...easier] = stage.levels;
  const { policy, preset } = natureOf(config);
  return {
    levelId,
    ...(easier.length > 0 ? { curriculum: easier } : {}),
    init: stage.init ?? 'scratch',
    learning: stage.mode,
    policy,
    preset: preset === 'custom' ? 'nano' : preset,
    seed: seeds.run ?? 1,
    settings: stage.settings,
    rewards: { ...DEFAULT_REWARDS, ...stage.rewards },
    engine: 'auto',
    workers: stage.workers ?? 0,
    runId: 'cli',
  };
}
