import { accessSync, constants, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { StorageError } from './store.ts';

const APP = 'planner-and-doer';

/** The user's data folder for this program, by the platform's custom. */
export function defaultDataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = os.homedir(),
): string {
  if (env.PLANNER_DOER_DATA) return path.resolve(env.PLANNER_DOER_DATA);
  if (platform === 'win32')
    return path.join(env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), APP);
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', APP);
  // The XDG base directory specification says that relative paths are to be ignored.
  const xdg = env.XDG_DATA_HOME;
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.local', 'share'), APP);
}

export interface DataFolder {
  readonly path: string;
  readonly database: string;
  readonly checkpoints: string;
  /** Models that were trained in the lab; made when it is needed. */
  readonly lab: string;
  /** Lets another server use it. */
  release(): void;
}

/**
 * Makes the folder where it is missing, proves that it can be written, and takes it for this
 * process alone. Throws a `StorageError` that names the folder and says what to do.
 */
export function openDataFolder(folder: string): DataFolder {
  const full = path.resolve(folder);
  const checkpoints = path.join(full, 'checkpoints');
  try {
    mkdirSync(checkpoints, { recursive: true });
    if (!statSync(full).isDirectory()) throw new Error('it is not a folder');
    accessSync(full, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = path.join(full, `.probe-${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    throw new StorageError(
      `Cannot use the data folder ${full} (${plainReason(error)}). Make it readable and writable, or choose another with --data DIR.`,
      error,
    );
  }
  return {
    path: full,
    database: path.join(full, 'planner-and-doer.db'),
    checkpoints,
    lab: path.join(full, 'lab'),
    release: lock(full),
  };
}

/**
 * A lock that the operating system lifts when the process dies, however it dies: an open exclusive
 * transaction on a database file of its own (a file with a process id would outlive a crash).
 */
function lock(folder: string): () => void {
  const file = path.join(folder, 'lock.db');
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (/locked|busy/i.test((error as Error).message))
      throw new StorageError(
        `The data folder ${folder} is in use by another server. Stop that one, or choose another folder with --data DIR.`,
      );
    throw new StorageError(`Cannot lock the data folder ${folder} (${plainReason(error)}).`, error);
  }
  const held = db;
  return () => {
    held.exec('ROLLBACK');
    held.close();
  };
}

function plainReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of its path is a file',
    EEXIST: 'a file of that name is there',
  };
  return (code && known[code]) ?? message;
}
