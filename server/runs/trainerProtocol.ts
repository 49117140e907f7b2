import type { MetricPoint } from '../../shared/metrics.ts';
import type { EngineInfo, SettingsChange, Testing } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { ResumeFrom, TrainOptions } from '../learning/types.ts';
import type { RetentionLimits } from '../storage/retention.ts';
import type { StoredRun } from '../storage/store.ts';

/**
 * What the run manager and a trainer process say to each other, over Node's process channel with
 * structured cloning (so that NaN stays NaN). The first message to a trainer is `start`.
 */
export interface StartMessage {
  type: 'start';
  /** Settings and rewards are those that the checkpoint was made with. */
  options: TrainOptions;
  /** Goes on from this checkpoint instead of `options.init`. */
  resume?: ResumeFrom & { updates: number; envSteps: number; seconds: number };
  /** Changes that once took effect at or after the checkpoint, to be made again at the same steps. */
  replay: SettingsChange[];
  checkpointFolder: string;
  /** What entitles this trainer to write the run's checkpoints. */
  lease: number;
  /** The run as it is kept with each checkpoint. */
  run: Omit<StoredRun, 'wanted'>;
  limits: RetentionLimits;
  /** A checkpoint is due this many seconds after the one before; 0 is after every update. */
  saveEverySeconds: number;
  /** A checkpoint is forced to the disk itself this many seconds after the one before. */
  syncEverySeconds: number;
  /** After a checkpoint could not be saved, it is tried again after this many seconds. */
  retrySeconds: number;
  heartbeatSeconds: number;
}

export type WantedChange = Pick<SettingsChange, 'kind' | 'changes'>;

/** Takes effect at the next rollout; answered then by `applied` with the same `changeId`. */
export interface ChangeMessage {
  type: 'change';
  changeId: number;
  change: WantedChange;
}

export type ToTrainer =
  | StartMessage
  | ChangeMessage
  /** What was told of this update and all before it is in the database. */
  | { type: 'stored'; updates: number }
  /**
   * Saves after the update in progress and waits, or waits where that is where it takes longer than a moment.
   * Answered by `paused`.
   */
  | { type: 'pause' }
  /** Goes on; one that waits because it cannot save tries again at once. */
  | { type: 'resume' }
  /**
   * Saves after the update in progress and exits; an update that takes longer than a moment is given up where the one
   * before is saved. Answered by `stopped`.
   */
  | { type: 'stop' };

/** What a trainer is doing, told with each heartbeat. */
export type TrainerPhase = 'loading' | 'updating' | 'saving' | 'waiting' | 'paused' | 'stopping';

/** Why a trainer cannot go on: its numbers are no longer finite, it could not begin, or anything else. */
export type FailureKind = 'diverged' | 'loading' | 'error';

export type FromTrainer =
  | { type: 'ready'; engine: EngineInfo; parameters: number }
  /** Sent as soon as it is over. A trainer that takes the run up again plays it again, under the same id. */
  | { type: 'episode'; replay: Replay }
  /** So many of a test's episodes are over; `secondsLeft` from how long they took. */
  | { type: 'testing'; testing: Testing }
  /** Sent when the update's checkpoint is safe, where one was due. */
  | { type: 'update'; point: MetricPoint }
  | { type: 'applied'; changeId: number; change: SettingsChange }
  | { type: 'saved'; updates: number; envSteps: number }
  /** Saving failed: the trainer waits until it works, so that nothing is lost. */
  | { type: 'saveFailed'; message: string }
  /** `midway`: the share of an update that is done and held where it is. */
  | { type: 'paused'; midway?: number }
  | { type: 'resumed' }
  /** `givenUp`: the seconds that an update had taken which was given up. */
  | { type: 'stopped'; givenUp?: number }
  /** `reached` differs from the one before where it got on. */
  | { type: 'heartbeat'; phase: TrainerPhase; memoryBytes: number; reached?: number }
  /** The last message of a trainer that cannot go on. In plain words. */
  | { type: 'failed'; kind: FailureKind; message: string; detail?: string };
