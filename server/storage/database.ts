import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import Database from 'libsql';
import { copyTo, newestGoodCopy } from './copies.ts';
import { MIGRATIONS } from './migrations.ts';
import { StorageError } from './store.ts';
import { adviceFor, codeOf } from './words.ts';

export type Connection = Database.Database;

/** How long a start may wait for another program that holds the database. */
const OPEN_BUSY_MS = 2000;
/** The same for a server that serves others meanwhile; what is refused is tried again later. */
const BUSY_MS = 25;
/** A database up to this size is rewritten once, so that space can be given back from then on. */
const MAX_REWRITE_BYTES = 500_000_000;

/** What the check says where a table and its index differ. */
const OF_INDEX = /missing from index|entries in index|in index .* out of order/;

/** What the check fails with on a damaged file; the last where its format is one that does not exist. */
const DAMAGE = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_ERROR'];

export interface Opened {
  db: Connection;
  /** It was damaged, and a copy took its place. */
  wasRestored: boolean;
}

/**
 * Opens (or makes) a database file: checks it, puts the newest good copy in its place where it is damaged,
 * and brings it to the newest version with a copy beside it first. Throws a `StorageError` that says
 * what to do where it cannot.
 * @param note told in plain words what a person should know although it went well
 */
export function openDatabase(file: string, note: (message: string) => void): Opened {
  const damage = damageOf(file, note);
  if (damage !== undefined) restore(file, damage, note);
  const db = attempt(`open the database ${file}`, () => connect(file));
  try {
    attempt(`prepare the database ${file}`, () => {
      db.pragma(`busy_timeout = ${OPEN_BUSY_MS}`);
      db.pragma('auto_vacuum = INCREMENTAL');
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('foreign_keys = ON');
    });
    migrate(db, file);
    attempt(`prepare the database ${file}`, () => {
      rewriteOnce(db, file);
      db.pragma(`busy_timeout = ${BUSY_MS}`);
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return { db, wasRestored: damage !== undefined };
}

/** Opens a database that a server may be using, and changes nothing in it. Throws a `StorageError`. */
export function openToRead(file: string): Connection {
  if (!existsSync(file))
    throw new StorageError(
      `There is no database ${file}; accepted: the data folder of a server that has run.`,
    );
  const db = attempt(`open the database ${file}`, () => connect(file));
  try {
    const version = attempt(`read the database ${file}`, () => {
      db.pragma(`busy_timeout = ${OPEN_BUSY_MS}`);
      db.pragma('query_only = ON');
      return versionOf(db);
    });
    if (version !== MIGRATIONS.length)
      throw new StorageError(
        `The database ${file} is of version ${version}; this program reads version ${MIGRATIONS.length}. Start its server once with this release, or update the program.`,
      );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** One that was made before space could be given back has to be rewritten for it. */
function rewriteOnce(db: Connection, file: string): void {
  const [row] = db.prepare('PRAGMA auto_vacuum').all() as { auto_vacuum: number }[];
  if (row?.auto_vacuum === 2 || statSync(file).size > MAX_REWRITE_BYTES) return;
  db.exec('VACUUM');
}

function connect(file: string): Connection {
  return new Database(file);
}

/**
 * What is wrong with the file, undefined where nothing is any more: indexes say nothing that the tables do not, and
 * are made anew. Other troubles than damage are thrown.
 */
function damageOf(file: string, note: (message: string) => void): string | undefined {
  const db = attempt(`open the database ${file}`, () => connect(file));
  const troubles = () =>
    (db.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[])
      .map((row) => row.integrity_check)
      .filter((verdict) => verdict !== 'ok');
  try {
    const found = troubles();
    if (found.length === 0 || !found.every((trouble) => OF_INDEX.test(trouble))) return found[0];
    db.exec('REINDEX');
    const [left] = troubles();
    if (left === undefined)
      note(
        `An index of the database was damaged (${found[0]}) and was made anew; nothing is lost.`,
      );
    return left;
  } catch (error) {
    if (DAMAGE.includes(codeOf(error) ?? '')) return (error as Error).message;
    return attempt(`check the database ${file}`, () => {
      throw error;
    });
  } finally {
    db.close();
  }
}

/** Puts a damaged database aside and its copy in its place. Throws where there is no good copy. */
function restore(file: string, damage: string, note: (message: string) => void): void {
  const copy = newestGoodCopy(file, (copy) => damageOf(copy, note));
  if (copy === undefined)
    throw new StorageError(
      `The database ${file} is damaged (${damage}), and there is no good copy of it. Move it away to start afresh, or put a copy of yours in its place.`,
    );
  const made = statSync(copy).mtime;
  const aside = freeName(`${file}.damaged`);
  attempt(`restore the database ${file} from ${copy}`, () => {
    for (const ending of ['', '-wal', '-shm'])
      if (existsSync(file + ending)) renameSync(file + ending, aside + ending);
    // A copy of the copy: what is restored may be damaged again.
    const fresh = `${file}.restoring`;
    copyFileSync(copy, fresh);
    renameSync(fresh, file);
  });
  note(
    `The database was damaged (${damage}). The copy of ${made.toISOString().slice(0, 16).replace('T', ' ')} UTC is in its place, and the damaged one was put aside as ${aside}. Runs go on from their newest checkpoints; measurements and recordings since that time are missing.`,
  );
}

function freeName(wanted: string): string {
  for (let n = 1; ; n++) if (!existsSync(`${wanted}-${n}`)) return `${wanted}-${n}`;
}

function versionOf(db: Connection): number {
  const rows = db.prepare('PRAGMA user_version').all() as { user_version: number }[];
  return rows[0]?.user_version ?? 0;
}

function migrate(db: Connection, file: string): void {
  const version = versionOf(db);
  if (version > MIGRATIONS.length) {
    throw new StorageError(
      `The database ${file} is of version ${version}, made by a newer release; this one knows versions up to ${MIGRATIONS.length}. Update the program, or use another --data folder.`,
    );
  }
  if (version === MIGRATIONS.length) return;
  if (version > 0) {
    const copy = `${file}.before-version-${MIGRATIONS.length}`;
    if (!existsSync(copy))
      attempt(`make a copy of the database at ${copy}`, () => copyTo(db, copy));
  }
  for (const [at, script] of MIGRATIONS.slice(version).entries()) {
    const next = version + at + 1;
    attempt(`bring the database ${file} to version ${next}`, () =>
      transaction(db, () => {
        db.exec(script);
        db.exec(`PRAGMA user_version = ${next}`);
      })(),
    );
  }
}

/**
 * An action that happens as a whole or not at all. The driver's own hides why it failed where SQLite
 * has already rolled back by itself, as it does on a full disk.
 */
export function transaction<A extends unknown[], R>(
  db: Connection,
  action: (...args: A) => R,
): (...args: A) => R {
  return (...args) => {
    db.exec('BEGIN');
    try {
      const result = action(...args);
      db.exec('COMMIT');
      return result;
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
}

/** Runs one database action; what it throws becomes a `StorageError` that says what was tried and what to do. */
export function attempt<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError(
      `Could not ${doing}: ${reason}.${adviceFor(error)}`,
      error,
      ['SQLITE_BUSY', 'SQLITE_LOCKED'].includes(codeOf(error) ?? ''),
    );
  }
}
