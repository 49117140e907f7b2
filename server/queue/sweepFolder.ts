import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../processes/wholeFile.ts';
import { SweepError } from '../sweeps/plan.ts';

/**
 * Name in the queue of the sweep whose folder is `out`: a new one, or that under which it was begun.
 * @param title what a new name begins with
 * @param storage id of the storage
 */
export function nameOfSweep(out: string, title: string, storage: string): string {
  const file = path.join(out, 'queue.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new SweepError(`${file} cannot be read: ${(error as Error).message}`);
    const stem = title.replaceAll(/[^\w-]+/g, '-').slice(0, 40) || 'sweep';
    const sweep = `${stem}-${randomBytes(3).toString('hex')}`;
    mkdirSync(out, { recursive: true });
    writeWhole(file, JSON.stringify({ sweep, storage }));
    return sweep;
  }
  let kept: { sweep?: unknown; storage?: unknown };
  try {
    kept = JSON.parse(text) as typeof kept;
  } catch (error) {
    throw new SweepError(`${file} is damaged: ${(error as Error).message}`);
  }
  if (typeof kept.sweep !== 'string' || !/^[\w-]+$/.test(kept.sweep))
    throw new SweepError(`${file} is damaged: it names no sweep`);
  if (kept.storage !== storage)
    throw new SweepError(
      `${file} says that the sweep was begun with another --storage; accepted: the same, or another --out`,
    );
  return kept.sweep;
}

/** Copies a file whole or not at all. */
export function copyWhole(from: string, to: string): void {
  const aside = `${to}.${process.pid}.tmp`;
  try {
    copyFileSync(from, aside);
    renameSync(aside, to);
  } catch (error) {
    throw new SweepError(`${from} cannot be copied to ${to}: ${(error as Error).message}`);
  } finally {
    rmSync(aside, { force: true });
  }
}
