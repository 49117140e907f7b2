import type { EngineName, TrainSettings } from '../../../shared/config.ts';
import type { RewardWeights } from '../../../shared/rewards.ts';
import type { EvaluateOptions } from '../../play/evaluate.ts';
import type { GoalCounts } from '../../play/keptGoal.ts';
import type { Tally } from '../../play/score.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import type { Mode } from '../ppo/lossWeights.ts';
import type { LearnerRecord } from '../ppo/trainedWeights.ts';
import type { UpdateStats } from '../ppo/updateStats.ts';
import type { ActorRecord } from '../rollout/actor.ts';
import type { EpisodeEnd } from '../rollout/episodeLog.ts';
import type { Planes, ShownCarries } from '../rollout/plane.ts';
import type { Teaching } from '../rollout/teaching.ts';
import type { AttemptCounts } from '../selfCloning/attemptBook.ts';
import type { CollectiveMemory } from './collective.ts';
import type { ThreadProfile } from './threadProfile.ts';

/** What a worker is started with. */
export interface WorkerStart {
  rank: number;
  memory: CollectiveMemory;
  /** Modules of tasks beside the program's own; see `addTask`. */
  tasks: readonly string[];
  engine: EngineName;
  config: PolicyConfig;
  weights: Float32Array;
  /** Weights that the policy is kept near; absent when training from scratch. */
  reference?: Float32Array;
  seed: number;
  levelIds: string[];
  /** The only seeds that worlds are made from; by default any below the held-out ones. */
  seeds?: readonly number[];
  /** Worlds of this worker; 0 for one that only evaluates. */
  envs: number;
  rolloutSteps: number;
  rewards: RewardWeights;
  rewardScale: number;
  recorded: number;
  readouts?: boolean;
  stepsPerTurn?: number;
  runId: string;
  envSteps: number;
  /** Several attempts at each seed, of which the best are imitated. */
  attempts?: boolean;
  /** Those of `levelIds` that are played so as not to be forgotten. */
  rehearsed?: readonly string[];
  resume?: WorkerRecord;
}

/** One worker's part of a checkpoint. */
export interface WorkerRecord {
  actor: ActorRecord;
  random: number[];
}

export interface UpdateCommand {
  settings: TrainSettings;
  rewards: RewardWeights;
  mode: Mode;
  teaching: Teaching;
  updates: number;
  /** Planes in which the carries of shown episodes are drawn. */
  planes?: Planes;
}

export interface UpdateReply {
  stats: UpdateStats;
  ends: EpisodeEnd[];
  carries: ShownCarries[];
  goals: GoalCounts;
  /** Steps played, and how often the Planner thought in them. */
  steps: number;
  thoughts: number;
  /** In a run that clones itself. */
  attempts?: AttemptCounts;
  collectSeconds: number;
  learnSeconds: number;
}

/** Memory of one worker, after garbage collection where that is possible. */
export interface WorkerMemory {
  tensors: number;
  tensorBytes: number;
  heapBytes: number;
  /** The engine's own memory; 0 where it cannot be seen. */
  wasmBytes: number;
  /** Allocated on the GPU; 0 on engines without one. */
  gpuBytes: number;
}

/** One kind of memory, all workers together. */
export const totalOf = (workers: readonly WorkerMemory[], key: keyof WorkerMemory): number =>
  workers.reduce((total, worker) => total + worker[key], 0);

/** Some episodes of a test are shown: of which run, and how far it was. */
export interface ShowTest {
  runId: string;
  envSteps: number;
  rewardScale: number;
  /** Worlds of each worker whose first episode is shown. */
  recorded: number;
}

/** Commands by name, with payload and reply. */
export type WorkerCommands = {
  update: { payload: UpdateCommand; reply: UpdateReply };
  evaluate: { payload: EvaluateOptions & { show?: ShowTest }; reply: Tally };
  /** The worker's own record; weights and optimiser too where `learner` is set. */
  record: {
    payload: { learner: boolean };
    reply: { worker: WorkerRecord; learner?: LearnerRecord };
  };
  /** Replaces weights and optimiser. */
  restore: { payload: LearnerRecord; reply: null };
  memory: { payload: null; reply: WorkerMemory };
  /** Begins to sample what the worker does, or ends it and tells. */
  profile: { payload: 'begin' | 'end'; reply: ThreadProfile | null };
};
