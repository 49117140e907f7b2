import type { TrainSettings } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { StoredRun } from './store.ts';

/** What an update brought: kept with its checkpoint until the database has it too. */
export interface CheckpointReport {
  point: MetricPoint;
  episodes: Replay[];
  /** Changes that took effect with this update. */
  changes: SettingsChange[];
}

/** What the one who writes a checkpoint says of it. */
export interface CheckpointFacts {
  runId: string;
  updates: number;
  envSteps: number;
  /** What the newest update was made with; absent in files of before this was kept. */
  settings?: TrainSettings;
  rewards?: RewardWeights;
  report?: CheckpointReport;
  /** Updates before this one that the database was not known to have: without episodes, oldest first. */
  earlier?: CheckpointReport[];
  /** `anew` in the first checkpoint of a fork whose worlds are not those that the file holds. */
  worlds?: 'kept' | 'anew';
  /** The run, so that it can be rebuilt where the database is lost. */
  run?: Omit<StoredRun, 'wanted'>;
}

/** What stands beside each checkpoint file, and makes it count. */
export interface CheckpointInfo extends CheckpointFacts {
  /** `<runId>.u<updates>`: what `init` of a new run may name. */
  id: string;
  weightsHash: string;
  /** Name of the file with the data. */
  data: string;
  /** Held-out success of exactly these weights, where they were tested. */
  evalSuccess?: number;
  /** Forced to the disk itself: outlives a power cut, not only a crash. */
  synced?: boolean;
  bytes: number;
  sha256: string;
  /** Milliseconds since 1970. */
  savedAt: number;
}

export interface StoredCheckpoint extends CheckpointInfo {
  file: string;
}
