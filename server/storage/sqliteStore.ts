import { existsSync } from 'node:fs';
import Database from 'libsql';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { MIGRATIONS } from './migrations.ts';
import { recordingIdOf } from './recordingId.ts';
import {
  describeRecording,
  type RunStore,
  StorageError,
  type StoredRun,
  thinning,
} from './store.ts';

type Connection = Database.Database;

/**
 * Opens (or makes) the database file, checks it, and brings it to the newest version, with a copy
 * beside it first. Throws a `StorageError` that says what to do where it cannot.
 */
export function openSqliteStore(file: string): RunStore {
  const db = attempt(`open the database ${file}`, () => connect(file));
  try {
    checkIntegrity(db, file);
    attempt(`prepare the database ${file}`, () => {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('foreign_keys = ON');
      db.pragma('busy_timeout = 2000');
    });
    migrate(db, file);
    return attempt(`prepare the database ${file}`, () => storeOn(db));
  } catch (error) {
    db.close();
    throw error;
  }
}

function connect(file: string): Connection {
  return new Database(file);
}

function checkIntegrity(db: Connection, file: string): void {
  let answer: string;
  try {
    const rows = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    answer = rows[0].quick_check;
  } catch (error) {
    answer = (error as Error).message;
  }
  if (answer === 'ok') return;
  throw new StorageError(
    `The database ${file} is damaged (${answer}). Move it away to start afresh, or put a copy of yours in its place.`,
  );
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
  if (version > 0) backup(db, file, version);
  for (let next = version; next < MIGRATIONS.length; next++) {
    attempt(`bring the database ${file} to version ${next + 1}`, () =>
      db.transaction(() => {
        db.exec(MIGRATIONS[next]);
        db.exec(`PRAGMA user_version = ${next + 1}`);
      })(),
    );
  }
}

function backup(db: Connection, file: string, version: number): void {
  const copy = `${file}.before-version-${version + 1}`;
  if (existsSync(copy)) return;
  attempt(`make a copy of the database at ${copy}`, () =>
    db.exec(`VACUUM INTO '${copy.replaceAll("'", "''")}'`),
  );
}

interface RunRow {
  wanted: StoredRun['wanted'];
  engine: StoredRun['engine'];
  workers: number;
  info: string;
}

const readRun = (row: RunRow): StoredRun => ({
  info: JSON.parse(row.info) as RunInfo,
  wanted: row.wanted,
  engine: row.engine,
  workers: row.workers,
});

function storeOn(db: Connection): RunStore {
  const sql = {
    putRun: db.prepare(
      `INSERT INTO runs (id, created_at, wanted, engine, workers, info) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted, engine = excluded.engine,
         workers = excluded.workers, info = excluded.info`,
    ),
    getRun: db.prepare('SELECT wanted, engine, workers, info FROM runs WHERE id = ?'),
    listRuns: db.prepare(
      'SELECT wanted, engine, workers, info FROM runs ORDER BY created_at DESC, id DESC',
    ),
    putPoint: db.prepare('INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)'),
    countPoints: db.prepare(
      'SELECT COUNT(*) AS count, COALESCE(SUM(tested), 0) AS tested, MAX(updates) AS newest FROM points WHERE run_id = ?',
    ),
    points: db.prepare(
      `SELECT point FROM (
         SELECT point, updates, tested,
           ROW_NUMBER() OVER (PARTITION BY tested ORDER BY updates) - 1 AS rank
         FROM points WHERE run_id = ?)
       WHERE (tested = 0 AND rank % ? = 0) OR (tested = 1 AND rank % ? = 0) OR updates = ?
       ORDER BY updates`,
    ),
    dropPoints: db.prepare('DELETE FROM points WHERE run_id = ? AND updates > ?'),
    addChange: db.prepare('INSERT INTO changes (run_id, env_steps, change) VALUES (?, ?, ?)'),
    changes: db.prepare('SELECT change FROM changes WHERE run_id = ? ORDER BY env_steps, id'),
    addRecording: db.prepare('INSERT OR IGNORE INTO recordings VALUES (?, ?, ?, ?)'),
    recordingInfo: db.prepare('SELECT info FROM recordings WHERE id = ?'),
    recording: db.prepare('SELECT replay FROM recordings WHERE id = ?'),
    recordings: db.prepare('SELECT info FROM recordings ORDER BY saved_at DESC, id DESC'),
    countRecordings: db.prepare('SELECT COUNT(*) AS count FROM recordings'),
    deleteRecording: db.prepare('DELETE FROM recordings WHERE id = ?'),
  };
  const putRun = (run: StoredRun) =>
    sql.putRun.run(
      run.info.id,
      run.info.createdAt,
      run.wanted,
      run.engine,
      run.workers,
      JSON.stringify(run.info),
    );
  const putUpdate = db.transaction((run: StoredRun, point: MetricPoint) => {
    putRun(run);
    const tested = point.values.evalSuccess === undefined ? 0 : 1;
    sql.putPoint.run(run.info.id, point.updates, tested, JSON.stringify(point));
  });
  let isClosed = false;
  const guard = <T>(doing: string, action: () => T): T => {
    if (isClosed) throw new StorageError(`Could not ${doing}: the database is closed.`);
    return attempt(doing, action);
  };
  // `get` of this driver adds a property to the row, so single rows are read with `all`.
  return {
    putRun: (run) => guard('save the run', () => void putRun(run)),
    getRun: (runId) =>
      guard('read the run', () => (sql.getRun.all(runId) as RunRow[]).map(readRun)[0]),
    listRuns: () => guard('list the runs', () => (sql.listRuns.all() as RunRow[]).map(readRun)),
    putUpdate: (run, point) => guard('save the measurements', () => void putUpdate(run, point)),
    points: (runId, max) =>
      guard('read the measurements', () => {
        const [all] = sql.countPoints.all(runId) as {
          count: number;
          tested: number;
          newest: number | null;
        }[];
        const stride = thinning(all.count - all.tested, all.tested, max);
        const rows = sql.points.all(runId, stride.plain, stride.tested, all.newest ?? 0);
        return (rows as { point: string }[]).map((row) => JSON.parse(row.point) as MetricPoint);
      }),
    dropPointsAfter: (runId, updates) =>
      guard('drop measurements', () => sql.dropPoints.run(runId, updates).changes),
    addChange: (runId, change) =>
      guard(
        'log the change',
        () => void sql.addChange.run(runId, change.envSteps, JSON.stringify(change)),
      ),
    changes: (runId) =>
      guard('read the changes', () =>
        (sql.changes.all(runId) as { change: string }[]).map(
          (row) => JSON.parse(row.change) as SettingsChange,
        ),
      ),
    saveRecording: (replay, savedAt) =>
      guard('save the recording', () => {
        const id = recordingIdOf(replay);
        const info = JSON.stringify(describeRecording(id, replay, savedAt));
        const added = sql.addRecording.run(id, savedAt, info, JSON.stringify(replay)).changes > 0;
        const [row] = sql.recordingInfo.all(id) as { info: string }[];
        return { recording: JSON.parse(row.info) as RecordingInfo, added };
      }),
    getRecording: (recordingId) =>
      guard('read the recording', () => {
        const [row] = sql.recording.all(recordingId) as { replay: string }[];
        return row && (JSON.parse(row.replay) as Replay);
      }),
    countRecordings: () =>
      guard(
        'count the recordings',
        () => (sql.countRecordings.all() as { count: number }[])[0].count,
      ),
    listRecordings: () =>
      guard('list the recordings', () =>
        (sql.recordings.all() as { info: string }[]).map(
          (row) => JSON.parse(row.info) as RecordingInfo,
        ),
      ),
    deleteRecording: (recordingId) =>
      guard('delete the recording', () => sql.deleteRecording.run(recordingId).changes > 0),
    close() {
      if (isClosed) return;
      // The driver keeps the connection open while its statements live, so the log is folded into
      // the file here, and what comes after is refused here.
      guard('close the database', () => db.pragma('wal_checkpoint(TRUNCATE)'));
      db.close();
      isClosed = true;
    },
  };
}

/** Runs one database action; what it throws becomes a `StorageError` that says what was tried and what to do. */
function attempt<T>(doing: string, action: () => T): T {
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
