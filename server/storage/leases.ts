import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../processes/wholeFile.ts';

/** File in a run's folder that holds the number of who may write it. */
export const LEASE = 'lease';

/** Somebody else has taken the run over: what is written now would be a second history. */
export class LeaseLostError extends Error {
  constructor(runId: string) {
    super(`Run ${runId} has been taken over by another trainer.`);
    this.name = 'LeaseLostError';
  }
}

/**
 * Who may write a run: only the process with the newest number. A trainer that was stopped while its
 * server died, and goes on later, finds that its own number holds no longer.
 */
export class Leases {
  /** Newest number that this process gave for each run: the file may be lost with its folder. */
  private readonly given = new Map<string, number>();

  /** Gives a run, whose checkpoints are in `folder`, a new owner. */
  take(runId: string, folder: string): number {
    const lease = Math.max(leaseOf(folder), this.given.get(runId) ?? 0) + 1;
    writeLease(folder, lease);
    this.given.set(runId, lease);
    return lease;
  }
}

/** Throws a `LeaseLostError` where the run of `folder` has a newer owner than `lease`. */
export function checkLease(runId: string, folder: string, lease: number): void {
  const newest = leaseOf(folder);
  if (newest > lease) throw new LeaseLostError(runId);
  // The folder was lost and is back: what is in memory is the run, so the lease is written again.
  if (newest < lease) writeLease(folder, lease);
}

function writeLease(folder: string, lease: number): void {
  writeWhole(path.join(folder, LEASE), String(lease));
}

/** Number of the newest owner; 0 where there is none, also because the folder was lost. */
export function leaseOf(folder: string): number {
  try {
    return Number(readFileSync(path.join(folder, LEASE), 'utf8')) || 0;
  } catch {
    return 0;
  }
}
