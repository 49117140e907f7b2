import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { StorageError } from './store.ts';

/** What stands beside each checkpoint file, and makes it count. */
export interface CheckpointInfo {
  /** `<runId>.u<updates>`: what `init` of a new run may name. */
  id: string;
  runId: string;
  updates: number;
  envSteps: number;
  weightsHash: string;
  bytes: number;
  sha256: string;
  /** Milliseconds since 1970. */
  savedAt: number;
}

export interface StoredCheckpoint extends CheckpointInfo {
  file: string;
}

/** How many of a run's newest checkpoints are kept: the newest, and others in case it is damaged. */
export const KEPT_CHECKPOINTS = 3;

/** A file aside that is older than this is left over from a crash. */
const LEFTOVER_MS = 3_600_000;

const ID = /^([A-Za-z0-9_-]+)\.u(\d+)$/;

/**
 * Checkpoints of all runs in one folder, `<runId>/<updates>.ckpt` with a JSON file beside each.
 * A checkpoint exists once its JSON does: data first (written aside, synced, renamed), then the
 * JSON in the same way, so a crash at any moment leaves the older ones as they were.
 */
export class CheckpointFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Lets `save` write a file and takes it into the folder.
   * @param save writes the checkpoint to the path it gets
   */
  async write(
    facts: Pick<CheckpointInfo, 'runId' | 'updates' | 'envSteps'>,
    save: (file: string) => Promise<{ weightsHash: string }>,
    now = Date.now(),
  ): Promise<StoredCheckpoint> {
    const folder = this.folderOf(facts.runId);
    const name = fileName(facts.updates);
    const file = path.join(folder, `${name}.ckpt`);
    // Named by the process: one that lost its server may still be saving the same run.
    const aside = `${file}.${process.pid}.tmp`;
    try {
      mkdirSync(folder, { recursive: true });
      const { weightsHash } = await save(aside);
      syncFile(aside);
      const info: CheckpointInfo = {
        id: `${facts.runId}.u${facts.updates}`,
        ...facts,
        weightsHash,
        bytes: statSync(aside).size,
        sha256: await digestOf(aside),
        savedAt: now,
      };
      renameSync(aside, file);
      const json = path.join(folder, `${name}.json`);
      const jsonAside = `${json}.${process.pid}.tmp`;
      writeFileSync(jsonAside, JSON.stringify(info));
      syncFile(jsonAside);
      renameSync(jsonAside, json);
      syncFolder(folder);
      this.prune(facts.runId);
      return { ...info, file };
    } catch (error) {
      removeQuietly(aside);
      throw new StorageError(
        `Could not save a checkpoint to ${folder}: ${(error as Error).message}. The older ones are untouched; free some space or make the folder writable.`,
        error,
      );
    }
  }

  /** All complete checkpoints of a run, newest first, without reading their data. */
  list(runId: string): StoredCheckpoint[] {
    const folder = this.folderOf(runId);
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch {
      return [];
    }
    return names
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        try {
          const info = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as CheckpointInfo;
          return [{ ...info, file: path.join(folder, name.replace(/json$/, 'ckpt')) }];
        } catch {
          return [];
        }
      })
      .sort((a, b) => b.updates - a.updates);
  }

  /** The newest checkpoint whose bytes still have the checksum they were written with. */
  async newestGood(runId: string): Promise<StoredCheckpoint | undefined> {
    for (const checkpoint of this.list(runId)) if (await isGood(checkpoint)) return checkpoint;
    return undefined;
  }

  /** A good checkpoint by its id, or a run's newest good one by the run's id. */
  async find(id: string): Promise<StoredCheckpoint | undefined> {
    const match = ID.exec(id);
    if (!match) return /^[A-Za-z0-9_-]+$/.test(id) ? this.newestGood(id) : undefined;
    const found = this.list(match[1]).find(({ updates }) => updates === Number(match[2]));
    return found && (await isGood(found)) ? found : undefined;
  }

  private prune(runId: string): void {
    for (const old of this.list(runId).slice(KEPT_CHECKPOINTS)) {
      // The JSON goes first: without it the data does not count.
      rmSync(old.file.replace(/ckpt$/, 'json'), { force: true });
      rmSync(old.file, { force: true });
    }
    const folder = this.folderOf(runId);
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.tmp'))) {
      const leftover = path.join(folder, name);
      const stats = statSync(leftover, { throwIfNoEntry: false });
      if (stats && Date.now() - stats.mtimeMs > LEFTOVER_MS) rmSync(leftover, { force: true });
    }
  }

  private folderOf(runId: string): string {
    if (!/^[A-Za-z0-9_-]+$/.test(runId)) throw new StorageError(`Not a run's id: ${runId}`);
    return path.join(this.folder, runId);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // What made the writing fail may make the removing fail too; the file does not count anyway.
  }
}

const fileName = (updates: number) => `u${String(updates).padStart(9, '0')}`;

async function isGood(checkpoint: StoredCheckpoint): Promise<boolean> {
  try {
    if (statSync(checkpoint.file).size !== checkpoint.bytes) return false;
    return (await digestOf(checkpoint.file)) === checkpoint.sha256;
  } catch {
    return false;
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncFolder(folder: string): void {
  // Windows cannot open folders; there the rename itself is durable enough.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
