import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { StoredCheckpoint } from './checkpointInfo.ts';
import { codeOf } from './words.ts';

export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');

/** The JSON goes first: without it the data does not count. */
export function removeCheckpoint({ file, updates }: StoredCheckpoint): void {
  rmSync(path.join(path.dirname(file), `${fileName(updates)}.json`), { force: true });
  rmSync(file, { force: true });
}

/** The process that wrote a file, by the file's name. */
export function writerOf(name: string): number | undefined {
  const match = /\.(\d+)-[0-9a-f]+\.ckpt/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** Whether another process may be at work on a file; of an unknown writer it is taken to be. */
export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

export function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // What made the writing fail may make the removing fail too; the file does not count anyway.
  }
}

/** Name of an update's checkpoint without its ending. Sorted by name, checkpoints are in order. */
export const fileName = (updates: number) => `u${String(updates).padStart(9, '0')}`;

export async function isGood(checkpoint: StoredCheckpoint): Promise<boolean> {
  try {
    if (statSync(checkpoint.file).size !== checkpoint.bytes) return false;
    return (await digestOf(checkpoint.file)) === checkpoint.sha256;
  } catch {
    return false;
  }
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export function syncFolder(folder: string): void {
  // Windows cannot open folders; there the rename itself is durable enough.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
