import { z } from 'zod';
import {
  LEARNINGS,
  POLICY_KINDS,
  PRESET_IDS,
  settingsPatchSchema,
  type TrainSettings,
} from '../../shared/config.ts';
import { describeIssue } from '../../shared/replay.ts';
import { type RewardWeights, rewardsPatchSchema } from '../../shared/rewards.ts';
import type { Tested } from '../sweeps/member.ts';
import { QueueError } from './queueError.ts';

/** Name of the queue, and what its keys in Redis begin with. */
export const QUEUE = 'trainings';
export const PREFIX = 'planner-and-doer';

/** What a job may be. One of another kind is refused by name. */
export const KINDS = ['training'] as const;

const name = z.string().regex(/^[\w-]{1,100}$/);

/** A training as it waits in the queue. All that a worker needs is in it and in the storage. */
const jobSchema = z.strictObject({
  /** Of the program that put it there. */
  build: z.string(),
  /** Of the storage that its states are in. */
  storage: z.string(),
  sweep: name,
  name,
  session: z.strictObject({
    levelId: z.string(),
    curriculum: z.array(z.string()).optional(),
    /** `storage:` and a name in the sweep's folder is a checkpoint that came with it. */
    init: z.string(),
    policy: z.enum(POLICY_KINDS),
    learning: z.enum(LEARNINGS).optional(),
    followsRewards: z.boolean().optional(),
    preset: z.enum(PRESET_IDS),
    seed: z.int().min(0),
    settings: settingsPatchSchema,
    rewards: rewardsPatchSchema,
    /** Threads: results depend on it, so it is not the worker that chooses. */
    workers: z.int().min(1),
  }),
  steps: z.int().min(1),
  isLast: z.boolean(),
  evalEpisodes: z.int().min(1),
});

export type TrainingJob = Omit<z.infer<typeof jobSchema>, 'session'> & {
  session: Omit<z.infer<typeof jobSchema>['session'], 'settings' | 'rewards'> & {
    settings: TrainSettings;
    rewards: RewardWeights;
  };
};

/** What a worker gives back. */
export type TrainingResult =
  | {
      /** With which it held the training. */
      lease: number;
      tested: Tested;
      /** Files in the training's folder: the state, and the policy where it was wanted. */
      state: string;
      policy?: string;
    }
  /** It was told to stop, and has saved. */
  | { lease: number; isStopped: true };

/** What is known of a training in progress. */
export interface TrainingProgress {
  envSteps: number;
  host: string;
}

/** Throws a QueueError that says what a worker of this build cannot do about a job. */
export function readJob(
  kind: string,
  data: unknown,
  own: { build: string; storage: string },
): TrainingJob {
  if (!(KINDS as readonly string[]).includes(kind))
    throw new QueueError(`the job is of the kind ${JSON.stringify(kind)}; accepted: ${KINDS}`);
  // What another version wrote may look otherwise; that it is another version says more.
  const { build, storage } = (data ?? {}) as Partial<TrainingJob>;
  if (build !== own.build)
    throw new QueueError(
      `the job was put there by version ${build}, and the worker is ${own.build}; accepted: the same version on all machines`,
    );
  if (storage !== own.storage)
    throw new QueueError(
      'the job is of another storage than the worker has; accepted: the same --storage on all machines',
    );
  const parsed = jobSchema.safeParse(data);
  if (!parsed.success) throw new QueueError(`the job's ${describeIssue(parsed.error, data)}`);
  // Cast: whoever puts a training there writes all its settings and rewards.
  return parsed.data as unknown as TrainingJob;
}
