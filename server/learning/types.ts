import type { EngineChoice, PolicyKind, PresetId, TrainSettings } from '../../shared/config.ts';
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
  /** @param onEpisode called with each of the report's episodes as soon as it ends, long before the update does */
  update(onEpisode?: (replay: Replay) => void): Promise<UpdateReport>;
  /** Both take effect at the next rollout. */
  applySettings(patch: Partial<TrainSettings>): void;
  applyRewards(patch: Partial<RewardWeights>): void;
  /** Writes weights, optimiser, worlds and counters: everything needed to go on as if never stopped. */
  save(file: string): Promise<{ weightsHash: string; bytes: number }>;
  dispose(): Promise<void>;
}

export type CreateTrainSession = (
  options: TrainOptions,
  resume?: { file: string },
) => Promise<TrainSession>;
