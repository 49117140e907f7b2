import type {
  EngineChoice,
  Learning,
  PolicyKind,
  PresetId,
  TrainSettings,
} from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { EngineInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';

export interface TrainOptions {
  levelId: string;
  /** Easier levels to learn at the same time, with an equal share of the worlds each. Held-out tests use `levelId` alone. */
  curriculum?: readonly string[];
  /** Path of a checkpoint file, name of a shipped one, or `scratch`. */
  init: string;
  policy: PolicyKind;
  /** By default `ppo`. */
  learning?: Learning;
  /**
   * Learn by `learning`, which is self-cloning, only while nothing but the mission is paid, and by PPO otherwise. The way
   * changes with the rewards, at the next rollout.
   */
  followsRewards?: boolean;
  preset: PresetId;
  seed: number;
  settings: TrainSettings;
  rewards: RewardWeights;
  engine: EngineChoice;
  /** Data-parallel workers; 0 chooses from the machine's cores. */
  workers: number;
  /** Marks the episodes' source. */
  runId: string;
}

/** How far the update in progress is. */
export interface Progress {
  /** Grows with each step of all worlds and each minibatch. */
  reached: number;
  /** Of the update, from 0 to 1; a held-out test after it is not counted. */
  share: number;
}

export interface UpdateReport {
  point: MetricPoint;
  /** A few of the episodes that ended in this rollout, for viewers. */
  episodes: Replay[];
}

/**
 * One run's learner, whatever it learns: a policy by reward here, but any learner that answers these calls is a run.
 * Lives in the trainer process and knows nothing of sockets or databases.
 */
export interface TrainSession {
  readonly engine: EngineInfo;
  readonly parameters: number;
  /**
   * @param onEpisode called with each of the report's episodes as soon as it ends, long before the update does
   * @param onTested called while held-out episodes are played: how many are over, and of how many
   */
  update(
    onEpisode?: (replay: Replay) => void,
    onTested?: (done: number, of: number) => void,
  ): Promise<UpdateReport>;
  /**
   * Holds the update in progress where it is, or lets it go on. Absent where an update is too short to be held; it is
   * waited for then.
   */
  hold?(isHeld: boolean): void;
  /** Absent where only finished updates are seen. */
  readonly progress?: Progress;
  /** Both take effect at the next rollout. */
  applySettings(patch: Partial<TrainSettings>): void;
  applyRewards(patch: Partial<RewardWeights>): void;
  /** Writes weights, optimiser, worlds and counters: everything needed to go on as if never stopped. */
  save(file: string): Promise<{ weightsHash: string; bytes: number }>;
  dispose(): Promise<void>;
}

/** A checkpoint that a session goes on from. */
export interface ResumeFrom {
  file: string;
  /**
   * `kept` goes on in the worlds of the checkpoint, as if it had never stopped; `anew` keeps weights, optimiser and
   * counters alone, where the worlds are of another level, number or kind.
   */
  worlds?: 'kept' | 'anew';
}

export type CreateTrainSession = (
  options: TrainOptions,
  resume?: ResumeFrom,
) => Promise<TrainSession>;
