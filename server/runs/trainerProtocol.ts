import type { TrainSettings } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { EngineInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { TrainOptions } from '../learning/types.ts';
import type { StoredCheckpoint } from '../storage/checkpoints.ts';

/**
 * What the run manager and a trainer process say to each other, over Node's process channel with
 * structured cloning (so that NaN stays NaN). The first message to a trainer is `start`.
 */
export interface StartMessage {
  type: 'start';
  options: TrainOptions;
  /** Goes on from this checkpoint instead of `options.init`. */
  resume?: { file: string; updates: number; envSteps: number };
  checkpointFolder: string;
  /** A checkpoint is due this many seconds after the one before. */
  saveEverySeconds: number;
  heartbeatSeconds: number;
}

/** Takes effect at the next rollout; answered then by `applied` with the same `changeId`. */
export interface ChangeMessage {
  type: 'change';
  changeId: number;
  settings?: Partial<TrainSettings>;
  rewards?: Partial<RewardWeights>;
}

export type ToTrainer =
  | StartMessage
  | ChangeMessage
  /** After the update in progress: save, then wait. Answered by `paused`. */
  | { type: 'pause' }
  | { type: 'resume' }
  /** After the update in progress: save, then exit. Answered by `stopped`. */
  | { type: 'stop' };

/** What a trainer is doing, told with each heartbeat. */
export type TrainerPhase = 'loading' | 'updating' | 'saving' | 'paused' | 'stopping';

export type FromTrainer =
  | { type: 'ready'; engine: EngineInfo; parameters: number }
  | { type: 'update'; point: MetricPoint; episodes: Replay[] }
  | { type: 'applied'; changeId: number }
  | { type: 'saved'; checkpoint: StoredCheckpoint }
  /** Saving failed; training goes on, but would be lost by a crash. */
  | { type: 'saveFailed'; message: string }
  | { type: 'paused' }
  | { type: 'resumed' }
  | { type: 'stopped' }
  | { type: 'heartbeat'; phase: TrainerPhase; memoryBytes: number }
  /** The last message of a trainer that cannot go on. In plain words. */
  | { type: 'failed'; kind: 'diverged' | 'error'; message: string; detail?: string };
