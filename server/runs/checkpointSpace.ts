import { setImmediate as breathe } from 'node:timers/promises';
import { type CheckpointFolder, DEFAULT_LIMITS } from '../storage/checkpoints.ts';
import type { RetentionLimits } from '../storage/retention.ts';
import type { RunTable } from './runTable.ts';

/** Bytes for the checkpoints of all runs together. */
export const DEFAULT_CHECKPOINT_BYTES = 4_000_000_000;

/** The space for checkpoints, shared out evenly among the runs. */
export class CheckpointSpace {
  private readonly runs: RunTable;
  private readonly checkpoints: CheckpointFolder;
  private readonly bytes: number;
  private readonly warn: (message: string) => void;
  private isClosed = false;

  constructor(
    runs: RunTable,
    checkpoints: CheckpointFolder,
    bytes: number | undefined,
    warn: (message: string) => void,
  ) {
    this.runs = runs;
    this.checkpoints = checkpoints;
    this.bytes = bytes ?? DEFAULT_CHECKPOINT_BYTES;
    this.warn = warn;
  }

  /** What one run may take: the more runs, the smaller the share. */
  get limits(): RetentionLimits {
    const share = Math.floor(this.bytes / Math.max(1, this.runs.size));
    return { ...DEFAULT_LIMITS, bytes: Math.min(DEFAULT_LIMITS.bytes, share) };
  }

  /** Keeps runs that nobody trains within their share; one at a time, serving others in between. */
  async tidy(): Promise<void> {
    const { limits } = this;
    if (limits.bytes >= DEFAULT_LIMITS.bytes) return;
    for (const driver of this.runs.all()) {
      await breathe();
      if (driver.hasTrainer || this.isClosed) continue;
      try {
        this.checkpoints.prune(driver.info.id, limits);
      } catch (error) {
        this.warn(`Could not tidy checkpoints: ${(error as Error).message}`);
        return;
      }
    }
  }

  /** Nothing is tidied any more. */
  close(): void {
    this.isClosed = true;
  }
}
