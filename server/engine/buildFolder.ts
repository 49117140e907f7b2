import { rmSync, type Stats, statSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the engine keeps what it has compiled. That is loaded and run, so the folder and its files must be
 * such that no other user can write them: else they are not used, whatever they hold.
 */

const here = dirname(fileURLToPath(import.meta.url));
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Users whose files are as good as our own: ourselves, root, and whoever owns this code. */
function trustedUsers(): Set<number> | undefined {
  const own = process.getuid?.();
  // Windows has no such numbers; its folders are a user's own.
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
 * above it, in which a sticky bit is enough (as in /tmp): there nobody can move what is another's.
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
  /** Whether the folders above it are looked at too; not for the code's own, which are run anyway. */
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
 * A folder for what is made on this machine: the first of `among` that can be written, by nobody else.
 * Where there is none, a new one that goes with this process.
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
