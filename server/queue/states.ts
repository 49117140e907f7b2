import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { removeQuietly, syncFile, syncFolder } from '../storage/checkpointFiles.ts';
import { checkLease } from '../storage/leases.ts';

const STATE = /^state-(\d+)\.safetensors$/;

/** Name of the state that the holder of a lease keeps: no two holders ever write the same file. */
export const stateName = (lease: number) => `state-${lease}.safetensors`;
export const policyName = (lease: number) => `policy-${lease}.safetensors`;

/** Leases of which a state is there, newest first. */
export function keptStates(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => STATE.exec(name)?.slice(1).map(Number) ?? [])
    .sort((a, b) => b - a);
}

/**
 * Writes a file of a training for the holder of a lease: whole, on the disk, and only while nobody holds a newer one.
 * Throws a LeaseLostError where somebody does.
 */
export async function writeHeld<T>(
  { folder, training, lease }: { folder: string; training: string; lease: number },
  name: string,
  write: (file: string) => Promise<T>,
): Promise<T> {
  const file = path.join(folder, name);
  const aside = `${file}.part`;
  checkLease(training, folder, lease);
  try {
    const written = await write(aside);
    syncFile(aside);
    checkLease(training, folder, lease);
    renameSync(aside, file);
    syncFolder(folder);
    return written;
  } finally {
    removeQuietly(aside);
  }
}

/** Removes states of earlier holders; call when one's own is there. */
export function tidyStates(folder: string, lease: number): void {
  for (const other of keptStates(folder))
    if (other < lease) removeQuietly(path.join(folder, stateName(other)));
}
