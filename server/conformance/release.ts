import { join } from 'node:path';
import { isFile, readJson } from './files.ts';

/** Releases of Minigrid that the worlds match. */
export const MATCHED_RELEASES: readonly string[] = ['3.1.0'];

/**
 * The release of Minigrid that the recordings in `dir` are of: `minigrid` in its release.json, or the first
 * that is matched where there is no such file. Throws an Error for a release that is not matched: from 3.2.0 on
 * Minigrid forgets the locked room at a reset (its issue #503), so a difference would be no fault of ours.
 */
export function releaseOf(dir: string): string {
  if (!isFile(join(dir, 'release.json'))) return MATCHED_RELEASES[0];
  const stated = readJson(dir, 'release.json') as { minigrid?: unknown } | null;
  const release = stated?.minigrid;
  if (typeof release === 'string' && MATCHED_RELEASES.includes(release)) return release;
  throw new Error(
    `release.json: minigrid is ${release === undefined ? 'missing' : JSON.stringify(release)}; accepted: recordings of Minigrid ${MATCHED_RELEASES.join(', ')}, which the worlds match`,
  );
}
