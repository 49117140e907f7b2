import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import Database from 'libsql';

/** Newest first; the older one stays until the newer one is complete and good. */
const copiesOf = (file: string) => [`${file}.backup`, `${file}.backup-older`] as const;

/** Writes a copy of the database as it is at this moment, aside first. */
export function copyTo(db: Database.Database, copy: string): void {
  const fresh = `${copy}.tmp`;
  rmSync(fresh, { force: true });
  try {
    db.exec(`VACUUM INTO '${fresh.replaceAll("'", "''")}'`);
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** The copy that a damaged database is restored from. */
export function newestGoodCopy(
  file: string,
  damageOf: (copy: string) => string | undefined,
): string | undefined {
  return copiesOf(file).find((copy) => existsSync(copy) && damageOf(copy) === undefined);
}

/**
 * Renews the copy of a database that may be in use. A worse copy never takes the place of a better one: the
 * new one must be sound, readable row by row, and hold runs where the one before does. Returns why it was
 * not renewed, undefined where it was. Takes as long as the database is big, so the server lets a process of
 * its own do it.
 */
export function renewCopy(file: string): string | undefined {
  const [newest, older] = copiesOf(file);
  const fresh = `${file}.backup-new`;
  try {
    const db = new Database(file, { readonly: true, timeout: 5000 });
    try {
      copyTo(db, fresh);
    } finally {
      db.close();
    }
    const { damage, runs } = look(fresh);
    if (damage) throw new Error(damage);
    if (runs === 0 && existsSync(newest) && look(newest).runs > 0)
      throw new Error('it holds no runs, and the copy before does');
    if (existsSync(newest) && !look(newest).damage) renameSync(newest, older);
    renameSync(fresh, newest);
    return undefined;
  } catch (error) {
    rmSync(fresh, { force: true });
    return (error as Error).message;
  }
}

/** Milliseconds since the copy was made; infinite where there is none or its time is in the future. */
export function ageOfCopy(file: string, now = Date.now()): number {
  const made = statSync(copiesOf(file)[0], { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined || made > now ? Number.POSITIVE_INFINITY : now - made;
}

function look(copy: string): { damage: string | undefined; runs: number } {
  const db = new Database(copy, { readonly: true });
  try {
    const [check] = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (check?.quick_check !== 'ok') return { damage: check?.quick_check ?? 'unreadable', runs: 0 };
    const [row] = db
      .prepare('SELECT COUNT(*) AS runs, COALESCE(SUM(NOT json_valid(info)), 0) AS bad FROM runs')
      .all() as { runs: number; bad: number }[];
    return {
      damage: row?.bad ? `${row.bad} runs in it are damaged` : undefined,
      runs: row?.runs ?? 0,
    };
  } catch (error) {
    return { damage: (error as Error).message, runs: 0 };
  } finally {
    db.close();
  }
}
