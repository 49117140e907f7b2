import type { MetricPoint } from '../../shared/metrics.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { attempt, type Connection, openDatabase, transaction } from './database.ts';
import { recordingIdOf } from './recordingId.ts';
import {
  describeRecording,
  KEPT_EPISODES,
  type RunStore,
  StorageError,
  type StoredRun,
  thinning,
} from './store.ts';

/**
 * Opens (or makes) the database file; see `openDatabase`.
 * @param note told in plain words what a person should know although it went well
 */
export function openSqliteStore(
  file: string,
  note: (message: string) => void = () => undefined,
): RunStore {
  const db = openDatabase(file, note);
  try {
    return attempt(`prepare the database ${file}`, () => storeOn(db));
  } catch (error) {
    db.close();
    throw error;
  }
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
    hasPoint: db.prepare('SELECT 1 FROM points WHERE run_id = ? AND updates = ?'),
    putEpisode: db.prepare('INSERT OR IGNORE INTO episodes (run_id, id, replay) VALUES (?, ?, ?)'),
    thinEpisodes: db.prepare(
      `DELETE FROM episodes WHERE run_id = ?1 AND seq <= (
         SELECT seq FROM episodes WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
    ),
    episodes: db.prepare('SELECT replay FROM episodes WHERE run_id = ? ORDER BY seq'),
    deleteRun: ['points', 'changes', 'episodes']
      .map((table) => db.prepare(`DELETE FROM ${table} WHERE run_id = ?`))
      .concat(db.prepare('DELETE FROM runs WHERE id = ?')),
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
  const putUpdate = transaction(db, (run: StoredRun, point: MetricPoint) => {
    putRun(run);
    const tested = point.values.evalSuccess === undefined ? 0 : 1;
    sql.putPoint.run(run.info.id, point.updates, tested, JSON.stringify(point));
  });
  const putEpisode = transaction(db, (runId: string, replay: Replay) => {
    if (sql.putEpisode.run(runId, replay.id, JSON.stringify(replay)).changes === 0) return false;
    sql.thinEpisodes.run(runId, KEPT_EPISODES);
    return true;
  });
  const deleteRun = transaction(db, (runId: string) =>
    sql.deleteRun.reduce((_, statement) => statement.run(runId).changes, 0),
  );
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
    putEpisode: (runId, replay) => guard('save the episode', () => putEpisode(runId, replay)),
    hasPoint: (runId, updates) =>
      guard('read the measurements', () => sql.hasPoint.all(runId, updates).length > 0),
    episodes: (runId) =>
      guard('read the episodes', () =>
        (sql.episodes.all(runId) as { replay: string }[]).map(
          (row) => JSON.parse(row.replay) as Replay,
        ),
      ),
    deleteRun: (runId) => guard('delete the run', () => deleteRun(runId) > 0),
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
