import { rmSync, type Stats, statSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the engine keeps what it has compiled. That is loaded and run, so the folder and its files must be
 * such that no other user can write them. Otherwise they are not used.
 */

const here = dirname(fileURLToPath(import.meta.url));
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Users whose files we trust: ourselves, root, and the owner of this code. */
function trustedUsers(): Set<number> | undefined {
  const own = process.getuid?.();
  // Windows has no user ids; its folders belong to one user.
  return own === undefined ? undefined : new Set([own, 0, statSync(here).uid]);
}

function isSafe(stats: Stats, trusted: ReadonlySet<number> | undefined): boolean {
  return (
    trusted === undefined || (trusted.has(stats.uid) && (stats.mode & WRITABLE_BY_OTHERS) === 0)
  );
}

/** True for a plain file that only trusted users can have written. */
export async function isSafeFile(path: string, trusted = trustedUsers()): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && isSafe(stats, trusted);
}

/**
 * True for a folder, no link, that only trusted users can write. With `above`, the same of all folders
 * above it, for which a sticky bit is enough (as in /tmp): there users cannot move the files of others.
 */
export async function isSafeFolder(
  path: string,
  above: boolean,
  trusted = trustedUsers(),
): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true || !isSafe(stats, trusted)) return false;
  if (!above || trusted === undefined) return true;
  for (let at = dirname(await realpath(path)); ; at = dirname(at)) {
    const { mode, uid } = await stat(at);
    if (!trusted.has(uid) || ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0))
      return false;
    if (at === dirname(at)) return true;
  }
}

export interface BuildPlace {
  readonly folder: string;
  /** Whether the folders above it are checked too. Not needed for the code's own folder: that code runs anyway. */
  readonly above: boolean;
}

function places(): BuildPlace[] {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return [
    { folder: join(here, '.build'), above: false },
    { folder: join(cache, 'planner-and-doer'), above: true },
    { folder: join(tmpdir(), `planner-and-doer-${process.getuid?.() ?? 'cache'}`), above: true },
  ];
}

let own: Promise<string> | undefined;

/**
 * A folder for compiled files: the first of `among` that we can write and no other user can.
 * Without one, a new temporary folder that is removed with this process.
 */
export async function buildFolder(among: readonly BuildPlace[] = places()): Promise<string> {
  for (const { folder, above } of among) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (!(await isSafeFolder(folder, above))) continue;
      const probe = join(folder, `.probe-${process.pid}-${performance.now()}`);
      await writeFile(probe, '');
      await rename(probe, join(folder, '.probe'));
      return folder;
    } catch {
      // Read-only, full or a file: the next place.
    }
  }
  own ??= mkdtemp(join(tmpdir(), 'planner-and-doer-')).then((folder) => {
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  });
  return own;
}
