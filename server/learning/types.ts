import type { EngineChoice, PolicyKind, PresetId, TrainSettings } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { EngineInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';

export interface TrainOptions {
  levelId: string;
  /** Easier levels learnt beside it, an equal share of the worlds each; held-out tests are on `levelId` alone. */
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
  /** Whole episodes that ended in this rollout, at most a few: those that viewers will see. */
  episodes: Replay[];
}

/**
 * One run's learner: policy, optimiser and worlds. `update` plays one rollout and learns from it.
 * Lives in the trainer process; nothing in it knows of sockets or databases.
 */
export interface TrainSession {
  readonly engine: EngineInfo;
  readonly parameters: number;
  /** @param onEpisode told of each of the report's episodes as soon as it is over, long before the update is */
  update(onEpisode?: (replay: Replay) => void): Promise<UpdateReport>;
  /** Both take effect at the next rollout. */
  applySettings(patch: Partial<TrainSettings>): void;
  applyRewards(patch: Partial<RewardWeights>): void;
  /** Writes weights and the optimiser's, environments' and counters' state: all that is needed to go on as if never stopped. */
  save(file: string): Promise<{ weightsHash: string; bytes: number }>;
  dispose(): Promise<void>;
}

export type CreateTrainSession = (
  options: TrainOptions,
  resume?: { file: string },
) => Promise<TrainSession>;
