import type { EngineName, TrainSettings } from '../../../shared/config.ts';
import type { RewardWeights } from '../../../shared/rewards.ts';
import type { EvaluateOptions } from '../../play/evaluate.ts';
import type { GoalCounts } from '../../play/keptGoal.ts';
import type { Tally } from '../../play/score.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import type { LearnerRecord, Mode, UpdateStats } from '../ppo/learner.ts';
import type { ActorRecord } from '../rollout/actor.ts';
import type { EpisodeEnd } from '../rollout/episodeLog.ts';
import type { Planes, ShownCarries } from '../rollout/plane.ts';
import type { Teaching } from '../rollout/teaching.ts';
import type { CollectiveMemory } from './collective.ts';

/** What a worker is started with. */
export interface WorkerStart {
  rank: number;
  memory: CollectiveMemory;
  engine: EngineName;
  config: PolicyConfig;
  weights: Float32Array;
  /** Weights to stay near; absent when training from scratch. */
  reference?: Float32Array;
  seed: number;
  levelIds: string[];
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
  resume?: WorkerRecord;
}

/** One worker's share of what a checkpoint holds. */
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
  /** Where the carries of shown episodes are drawn. */
  planes?: Planes;
}

export interface UpdateReply {
  stats: UpdateStats;
  ends: EpisodeEnd[];
  carries: ShownCarries[];
  goals: GoalCounts;
  ponder: number;
  collectSeconds: number;
  learnSeconds: number;
}

/** What one worker holds, after collecting what it no longer needs where that can be asked for. */
export interface WorkerMemory {
  tensors: number;
  tensorBytes: number;
  heapBytes: number;
  /** Of the engine's own memory; 0 where it has none that can be seen. */
  wasmBytes: number;
  /** Allocated on the GPU; 0 on engines without one. */
  gpuBytes: number;
}

/** What all workers hold of one kind. */
export const totalOf = (workers: readonly WorkerMemory[], key: keyof WorkerMemory): number =>
  workers.reduce((total, worker) => total + worker[key], 0);

/** Commands by name, with what they take and give back. */
export type WorkerCommands = {
  update: { payload: UpdateCommand; reply: UpdateReply };
  evaluate: { payload: EvaluateOptions; reply: Tally };
  /** The worker's own record; weights and optimiser too where `learner` is set. */
  record: {
    payload: { learner: boolean };
    reply: { worker: WorkerRecord; learner?: LearnerRecord };
  };
  /** Replaces weights and optimiser. */
  restore: { payload: LearnerRecord; reply: null };
  memory: { payload: null; reply: WorkerMemory };
};
