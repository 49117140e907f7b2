import os from 'node:os';
import { DEFAULT_LIMITS } from '../storage/checkpoints.ts';
import type { RetentionLimits } from '../storage/retention.ts';
import { DEFAULT_RECOVERY, type RecoveryOptions } from './recovery.ts';
import type { WatchLimits } from './supervised.ts';

/** How runs are driven; all times in seconds. */
export interface DriveOptions extends WatchLimits, RecoveryOptions {
  /** Between checkpoints; 0 is after every update. */
  saveEvery: number;
  /** Between checkpoints that are forced to the disk itself, and so outlive a power cut. */
  syncEvery: number;
  /** After something could not be stored, it is tried again after this long. */
  retryEvery: number;
  heartbeatEvery: number;
  /** A trainer that is paused for this long is let go; resuming starts it from its checkpoint. */
  parkAfter: number;
  /** How long viewers are told that a run had to be taken up again. */
  noticeFor: number;
  episodesPerSecond: number;
  /** What is kept of a run's checkpoints. */
  limits: RetentionLimits;
}

/** Share of the available memory. */
const MEMORY_SHARE = 0.6;

export const DEFAULT_DRIVE: DriveOptions = {
  ...DEFAULT_RECOVERY,
  saveEvery: 0,
  syncEvery: 30,
  retryEvery: 5,
  heartbeatEvery: 2,
  silenceLimit: 180,
  stallLimit: 600,
  memoryLimit: MEMORY_SHARE * availableMemory(),
  parkAfter: 120,
  noticeFor: 60,
  episodesPerSecond: 4,
  limits: DEFAULT_LIMITS,
};

/** Bytes that this machine, or the container that it runs in, gives. */
export function availableMemory(): number {
  const total = os.totalmem();
  const allowed = process.constrainedMemory?.() ?? 0;
  return allowed > 0 ? Math.min(total, allowed) : total;
}
