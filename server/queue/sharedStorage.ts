import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueError } from './queueError.ts';

/** File in the storage that tells it from any other, so that machines notice when they do not share it. */
const MARK = 'planner-and-doer-storage';

/** A folder that all machines share, such as one on NFS: what is trained goes from machine to machine in it. */
export class SharedStorage {
  readonly folder: string;
  /** The same on every machine that shares it. */
  readonly id: string;

  private constructor(folder: string, id: string) {
    this.folder = folder;
    this.id = id;
  }

  /** Throws a QueueError where it is none, or cannot be written. */
  static open(given: string): SharedStorage {
    const folder = folderOf(given);
    const wrong = (what: string) =>
      new QueueError(`--storage is ${JSON.stringify(given)}: ${what}`);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw wrong(`there is no folder ${folder}; accepted: a folder that all machines share`);
    try {
      const probe = path.join(folder, `.${randomUUID()}.probe`);
      writeFileSync(probe, Buffer.alloc(65_536));
      rmSync(probe);
      return new SharedStorage(folder, markOf(folder));
    } catch (error) {
      throw wrong(
        `nothing can be written there (${(error as Error).message}); accepted: a folder that this user may write`,
      );
    }
  }

  /** Where all states of a training are; made where it is missing. */
  trainingFolder(sweep: string, name: string): string {
    const folder = path.join(this.sweepFolder(sweep), name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  sweepFolder(sweep: string): string {
    return path.join(this.folder, 'sweeps', sweep);
  }
}

function folderOf(given: string): string {
  const wrong = (what: string) =>
    new QueueError(
      `--storage is ${JSON.stringify(given)}${what}; accepted: a folder that all machines share, as a path or file:///PATH`,
    );
  if (given.trim() === '') throw wrong('');
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(given)?.[1]?.toLowerCase();
  if (scheme === undefined) return path.resolve(given);
  if (scheme === 's3') throw wrong(', and S3 is not supported yet');
  if (scheme !== 'file') throw wrong('');
  try {
    return fileURLToPath(given);
  } catch {
    throw wrong(', which is no address of a file here');
  }
}

/** Whoever comes first writes it. */
function markOf(folder: string): string {
  const file = path.join(folder, MARK);
  const own = path.join(folder, `.${randomUUID()}.mark`);
  if (!existsSync(file)) {
    writeFileSync(own, `${randomUUID()}\n`);
    try {
      // Made by one only, and never seen half written.
      linkSync(own, file);
    } catch (error) {
      // Some shared folders know no links.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(own, file);
    } finally {
      rmSync(own, { force: true });
    }
  }
  return readFileSync(file, 'utf8').trim();
}
