// Longer than most files: writing, finding and thinning a run's checkpoints share what one is on the disk.
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {
  digestOf,
  fileName,
  isAlive,
  isDiskFull,
  isGood,
  removeCheckpoint,
  removeQuietly,
  syncFile,
  syncFolder,
  writerOf,
} from './checkpointFiles.ts';
import type { CheckpointFacts, CheckpointInfo, StoredCheckpoint } from './checkpointInfo.ts';
import { checkLease, LEASE, LeaseLostError, Leases } from './leases.ts';
import { type RetentionLimits, retained } from './retention.ts';
import { sealed, unsealed } from './seal.ts';
import { StorageError } from './store.ts';
import { adviceFor, sizeOf } from './words.ts';

/** For each run, where nobody says otherwise. */
export const DEFAULT_LIMITS: RetentionLimits = { bytes: 256_000_000, count: 30 };

/** A file that no checkpoint names and that is older than this is left over from a crash. */
const LEFTOVER_MS = 3_600_000;

const ID = /^([A-Za-z0-9_-]+)\.u(\d+)$/;
const ID_OF_RUN = /^[A-Za-z0-9_-]+$/;

type Save = (file: string) => Promise<{ weightsHash: string }>;

interface WriteOptions {
  sync?: boolean;
  now?: number;
  lease?: number;
}

/**
 * Checkpoints of all runs in one folder: `<runId>/u<updates>.json` and the file with the data that it
 * names. A checkpoint exists once its JSON does: data first (written aside, then renamed to a name
 * that no other file ever had), then the JSON in the same way, so a crash at any moment leaves the
 * older ones as they were, and so do two processes that save the same update.
 */
export class CheckpointFolder {
  readonly folder: string;
  readonly limits: RetentionLimits;
  /** The runs that this process writes, newest first and without reports: it need not read them again. */
  private readonly known = new Map<string, StoredCheckpoint[]>();
  private readonly leases = new Leases();

  constructor(folder: string, limits: RetentionLimits = DEFAULT_LIMITS) {
    this.folder = folder;
    this.limits = limits;
  }

  /** Makes the folder where it is missing. Writing does not: a folder that was removed must not come back half. */
  prepare(): this {
    mkdirSync(this.folder, { recursive: true });
    return this;
  }

  /** Runs that have checkpoints here, or had some. */
  runIds(): string[] {
    try {
      return readdirSync(this.folder).filter((name) => ID_OF_RUN.test(name));
    } catch {
      return [];
    }
  }

  /** Gives the run a new owner: from now on only who writes with this number may. */
  takeLease(runId: string): number {
    try {
      return this.leases.take(runId, this.makeFolder(runId));
    } catch (error) {
      throw this.failure(runId, error);
    }
  }

  private makeFolder(runId: string): string {
    const folder = this.folderOf(runId);
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return folder;
  }

  private failure(runId: string, error: unknown): StorageError {
    const reason = (error as Error).message;
    const isGone = !existsSync(this.folder);
    return new StorageError(
      isGone
        ? `Could not save a checkpoint: the folder ${this.folder} is gone. Put it back, or start the server again.`
        : `Could not save a checkpoint to ${this.folderOf(runId)}: ${reason}. The older ones are untouched.${adviceFor(error)}`,
      error,
    );
  }

  /**
   * Lets `save` write a file, takes it into the folder, and removes those that are no longer kept.
   * @param save writes the checkpoint to the path it gets
   * @param options `sync` waits until the disk itself has it; without, only a power cut can lose it. With a
   *   `lease`, throws a `LeaseLostError` where somebody else has taken the run over.
   */
  async write(facts: CheckpointFacts, save: Save, options: WriteOptions = {}) {
    const { runId } = facts;
    for (;;) {
      try {
        return await this.writeOnce(facts, save, options);
      } catch (error) {
        if (error instanceof LeaseLostError) throw error;
        if (!isDiskFull(error)) throw this.failure(runId, error);
        // On a full disk the oldest checkpoint that may go makes room for the newest.
        if (this.giveWay(runId)) continue;
        throw new StorageError(
          `Could not save a checkpoint to ${this.folderOf(runId)}: the disk is full. ${this.shortage(runId)} Nothing saved is lost.`,
          error,
        );
      }
    }
  }

  /** Removes the checkpoint that is missed least. False where all that are left are always kept. */
  private giveWay(runId: string): boolean {
    const all = this.list(runId).map(withoutReport);
    const kept = retained(all, { ...this.limits, count: all.length - 1 });
    if (kept.length === all.length) return false;
    this.thin(all, { ...this.limits, count: all.length - 1 });
    this.known.delete(runId);
    return true;
  }

  private shortage(runId: string): string {
    const needed = this.list(runId)[0]?.bytes;
    const { bavail, bsize } = statfsSync(this.folder);
    const free = bavail * bsize;
    const missing = needed === undefined ? undefined : Math.max(0, 2 * needed - free);
    return missing === undefined
      ? `Free some space on that disk; it has ${sizeOf(free)}.`
      : `Free some space on that disk: one takes ${sizeOf(needed ?? 0)}, and ${sizeOf(free)} are free; at least ${sizeOf(missing)} more are needed.`;
  }

  private async writeOnce(
    facts: CheckpointFacts,
    save: Save,
    { sync = true, now = Date.now(), lease }: WriteOptions,
  ): Promise<StoredCheckpoint> {
    const { runId, updates, report } = facts;
    const folder = this.folderOf(runId);
    const checkOwner = () => {
      if (lease !== undefined) checkLease(runId, folder, lease);
    };
    const name = fileName(updates);
    // Named by the process: one that lost its server may still be saving the same run.
    const data = `${name}.${process.pid}-${randomBytes(4).toString('hex')}.ckpt`;
    const file = path.join(folder, data);
    const aside = `${file}.tmp`;
    const json = path.join(folder, `${name}.json`);
    const jsonAside = `${file}.json.tmp`;
    try {
      this.makeFolder(runId);
      checkOwner();
      const { weightsHash } = await save(aside);
      if (sync) syncFile(aside);
      const evalSuccess = report?.point.values.evalSuccess;
      const info: CheckpointInfo = {
        id: `${runId}.u${updates}`,
        ...facts,
        weightsHash,
        data,
        bytes: statSync(aside).size,
        sha256: await digestOf(aside),
        savedAt: now,
        synced: sync,
        ...(evalSuccess !== undefined && { evalSuccess }),
      };
      checkOwner();
      renameSync(aside, file);
      writeFileSync(jsonAside, sealed(info));
      if (sync) syncFile(jsonAside);
      checkOwner();
      renameSync(jsonAside, json);
      if (sync) syncFolder(folder);
      const stored = withoutReport({ ...info, file });
      this.tidy(runId, stored);
      return stored;
    } catch (error) {
      // The data may have its name already; without its JSON it does not count.
      for (const leftover of [aside, jsonAside, file]) removeQuietly(leftover);
      throw error;
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
          const info = unsealed<CheckpointInfo>(readFileSync(path.join(folder, name), 'utf8'));
          // Before data files had names of their own, they had that of the JSON.
          const data = info.data ?? name.replace(/json$/, 'ckpt');
          return path.basename(data) === data
            ? [{ ...info, data, file: path.join(folder, data) }]
            : [];
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
    const [, runId, wanted] = ID.exec(id) ?? [];
    if (runId === undefined) return /^[A-Za-z0-9_-]+$/.test(id) ? this.newestGood(id) : undefined;
    const found = this.list(runId).find(({ updates }) => updates === Number(wanted));
    return found && (await isGood(found)) ? found : undefined;
  }

  /** Removes what the limits do not allow of a run that nobody writes. */
  prune(runId: string, limits = this.limits): void {
    this.thin(this.list(runId), limits);
  }

  /** Removes all checkpoints of a run. */
  remove(runId: string): void {
    const folder = this.folderOf(runId);
    this.known.delete(runId);
    try {
      for (const checkpoint of this.list(runId)) removeCheckpoint(checkpoint);
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      throw new StorageError(
        `Could not remove the checkpoints in ${folder}: ${(error as Error).message}. Make the folder writable, or remove it by hand.`,
        error,
      );
    }
  }

  /** After a new checkpoint: forgets what is not kept, and clears away what crashes have left. */
  private tidy(runId: string, newest: StoredCheckpoint): void {
    const all = this.known.get(runId) ?? this.list(runId).map(withoutReport);
    const others = all.filter(({ updates }) => updates !== newest.updates);
    // The same update saved before: its data has lost the JSON that named it.
    for (const { updates, file } of all)
      if (updates === newest.updates && file !== newest.file) removeQuietly(file);
    const kept = this.thin([newest, ...others], this.limits);
    this.known.set(runId, kept);
    this.clearLeftovers(runId, kept);
  }

  private thin(all: StoredCheckpoint[], limits: RetentionLimits): StoredCheckpoint[] {
    const kept = retained(all, limits);
    const names = new Set(kept.map(({ id }) => id));
    for (const checkpoint of all) if (!names.has(checkpoint.id)) removeCheckpoint(checkpoint);
    return kept;
  }

  private clearLeftovers(runId: string, kept: StoredCheckpoint[]): void {
    const folder = this.folderOf(runId);
    const named = new Set(kept.map(({ data }) => data));
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.json') || name === LEASE || named.has(name)) continue;
      const leftover = path.join(folder, name);
      const stats = statSync(leftover, { throwIfNoEntry: false });
      if (!stats) continue;
      const isOld = Math.abs(Date.now() - stats.mtimeMs) > LEFTOVER_MS;
      if (isOld || !isAlive(writerOf(name))) rmSync(leftover, { force: true });
    }
  }

  private folderOf(runId: string): string {
    if (!ID_OF_RUN.test(runId)) throw new StorageError(`Not a run's id: ${runId}`);
    return path.join(this.folder, runId);
  }
}

function withoutReport({ report, earlier, ...rest }: StoredCheckpoint): StoredCheckpoint {
  return rest;
}
