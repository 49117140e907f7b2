import { copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import Database from 'libsql';
import { MIGRATIONS } from './migrations.ts';
import { StorageError } from './store.ts';

export type Connection = Database.Database;

const BACKUP_EVERY_MS = 24 * 3_600_000;

/**
 * Opens (or makes) a database file: checks it, puts the copy of it in its place where it is damaged,
 * brings it to the newest version with a copy beside it first, and renews the copy once a day.
 * Throws a `StorageError` that says what to do where it cannot.
 * @param note told in plain words what a person should know although it went well
 */
export function openDatabase(file: string, note: (message: string) => void): Connection {
  const damage = damageOf(file);
  if (damage !== undefined) restore(file, damage, note);
  const db = attempt(`open the database ${file}`, () => connect(file));
  try {
    attempt(`prepare the database ${file}`, () => {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('foreign_keys = ON');
      db.pragma('busy_timeout = 2000');
    });
    migrate(db, file);
  } catch (error) {
    db.close();
    throw error;
  }
  keepCopy(db, file, note);
  return db;
}

function connect(file: string): Connection {
  return new Database(file);
}

/** What is wrong with the file, undefined where nothing is. Other troubles than damage are thrown. */
function damageOf(file: string): string | undefined {
  const db = attempt(`open the database ${file}`, () => connect(file));
  try {
    const rows = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    return rows[0].quick_check === 'ok' ? undefined : rows[0].quick_check;
  } catch (error) {
    const { message } = error as Error;
    if (/malformed|not a database|corrupt|unsupported file format/i.test(message)) return message;
    return attempt(`check the database ${file}`, () => {
      throw error;
    });
  } finally {
    db.close();
  }
}

const copyOf = (file: string) => `${file}.backup`;

/** Puts a damaged database aside and its copy in its place. Throws where there is no good copy. */
function restore(file: string, damage: string, note: (message: string) => void): void {
  const copy = copyOf(file);
  if (!existsSync(copy) || damageOf(copy) !== undefined)
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

/** Renews the copy that a damaged database is restored from. Not being able to is no reason to stop. */
function keepCopy(db: Connection, file: string, note: (message: string) => void): void {
  const copy = copyOf(file);
  const age = Date.now() - (statSync(copy, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  // An age below zero: the clock has gone back.
  if (age >= 0 && age < BACKUP_EVERY_MS) return;
  try {
    copyTo(db, copy);
  } catch (error) {
    note(`${(error as Error).message} Without it, a damaged database could not be restored.`);
  }
}

function copyTo(db: Connection, copy: string): void {
  attempt(`make a copy of the database at ${copy}`, () => {
    const fresh = `${copy}.tmp`;
    rmSync(fresh, { force: true });
    try {
      db.exec(`VACUUM INTO '${fresh.replaceAll("'", "''")}'`);
      renameSync(fresh, copy);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
  });
}

function versionOf(db: Connection): number {
  const rows = db.prepare('PRAGMA user_version').all() as { user_version: number }[];
  return rows[0].user_version;
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
    if (!existsSync(copy)) copyTo(db, copy);
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    attempt(`bring the database ${file} to version ${next + 1}`, () =>
      transaction(db, () => {
        db.exec(MIGRATIONS[next]);
        db.exec(`PRAGMA user_version = ${next + 1}`);
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
    throw new StorageError(`Could not ${doing}: ${reason}.${adviceFor(reason)}`, error);
  }
}

function adviceFor(reason: string): string {
  if (/full|ENOSPC/i.test(reason)) return ' Free some space on that disk; nothing saved is lost.';
  if (/readonly|read-only|EROFS|EACCES|unable to open/i.test(reason))
    return ' Make the folder writable, or choose another with --data.';
  if (/locked|busy/i.test(reason)) return ' Another program holds it; close that one.';
  return '';
}
