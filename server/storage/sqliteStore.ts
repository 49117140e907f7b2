// Longer than most files: the store's contract is answered by prepared statements, each beside its use.
import { isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { Moment } from '../../shared/moments.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import {
  attempt,
  type Connection,
  type Opened,
  openDatabase,
  openToRead,
  transaction,
} from './database.ts';
import { HELD_MOMENT_BYTES, HELD_MOMENTS, surplusMoments } from './moments.ts';
import { recordingIdOf } from './recordingId.ts';
import { resealed, sealed, unsealed } from './seal.ts';
import { MAX_POINTS, THINNED_POINTS, thinned } from './series.ts';
import {
  describeRecording,
  type ForkPast,
  KEPT_CHANGES,
  KEPT_EPISODE_BYTES,
  KEPT_EPISODES,
  pageOf,
  RESTORABLE_MS,
  type RunStore,
  readPlace,
  StorageError,
  type StoredRun,
} from './store.ts';

/** Runs whose points are kept in memory beside the database. */
const CACHED_SERIES = 8;
/** Pages given back to the disk at a time: a few milliseconds of work. */
const PAGES_GIVEN_BACK = 500;

/** A run's row that is damaged, by what can still be read of it. */
export type DamagedRun = Pick<StoredRun, 'wanted'> & { id: string };

export interface SqliteStore extends RunStore {
  /** The database was damaged, and a copy took its place: what came later is missing in it. */
  readonly wasRestored: boolean;
  /** When it was opened. */
  readonly damagedRuns: readonly DamagedRun[];
}

/**
 * Opens (or makes) the database file; see `openDatabase`.
 * @param note told in plain words what a person should know although it went well
 */
export function openSqliteStore(
  file: string,
  note: (message: string) => void = () => undefined,
): SqliteStore {
  const { db, wasRestored } = openDatabase(file, note);
  try {
    return attempt(`prepare the database ${file}`, () => {
      const { store, damagedRuns } = storeOn({ db, file }, note);
      return { ...store, wasRestored, damagedRuns: damagedRuns() };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What is read of a store while somebody else may write it. */
export type ReadStore = Pick<RunStore, 'getRun' | 'listRuns' | 'points' | 'changes' | 'moments'>;

/**
 * Reads a store that a server may be using: nothing is checked, mended or brought to a newer version. Throws a
 * `StorageError` where there is none, or one of another version.
 */
export function readSqliteStore(file: string): { store: ReadStore; close(): void } {
  const db = openToRead(file);
  try {
    const { store } = attempt(`read the database ${file}`, () =>
      storeOn({ db, file }, () => undefined),
    );
    return { store, close: () => void db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

interface RunRow {
  id: string;
  created_at: number;
  wanted: StoredRun['wanted'];
  engine: StoredRun['engine'];
  workers: number;
  info: string;
}

interface EpisodeRow {
  id: string;
  replay: string;
}

interface RecordingRow {
  id: string;
  saved_at: number;
  info: string;
}

interface PointRow {
  updates: number;
  tested: number;
  point: string;
}

interface ChangeRow {
  env_steps: number;
  change: string;
}

interface WholeMomentRow extends MomentRow {
  env_steps: number;
  replay: string;
}

interface MomentRow {
  id: string;
  bytes: number;
  held: number;
  line: string;
}

function storeOn({ db, file }: Pick<Opened, 'db'> & { file: string }, note: (m: string) => void) {
  const sql = statements(db);
  const inode = statSync(file).ino;
  /** For the runs that were asked for last. */
  const series = new Map<string, MetricPoint[]>();
  const damagedRows = new Set<string>();
  let isClosed = false;

  /** One damaged row costs that row alone. */
  const parsed = <T>(text: string, what: string, ...place: (string | number)[]): T[] => {
    try {
      return [unsealed<T>(text, ...place)];
    } catch {
      if (!damagedRows.has(what)) note(`${what} is damaged in the database and is left out.`);
      damagedRows.add(what);
      return [];
    }
  };
  const readRun = ({ id, info, wanted, engine, workers, created_at: at }: RunRow): StoredRun[] =>
    parsed<RunInfo>(info, `Run ${id}`, id, at, wanted, engine, workers).map((own) => ({
      info: own,
      wanted,
      engine,
      workers,
    }));

  const recordingLine = ({ id, saved_at: at, info }: RecordingRow) =>
    parsed<RecordingInfo>(info, `The line of recording ${id}`, id, at);

  const read = <T>(doing: string, action: () => T): T => {
    if (isClosed) throw new StorageError(`Could not ${doing}: the database is closed.`);
    return attempt(doing, action);
  };
  const write = <T>(doing: string, action: () => T): T =>
    read(doing, () => {
      // Where the folder was removed, SQLite would go on writing to a file that nobody can see.
      if (statSync(file, { throwIfNoEntry: false })?.ino !== inode)
        throw new StorageError(
          `Could not ${doing}: the data folder is gone or was replaced (${file}). Put it back, or start the server again.`,
        );
      return action();
    });

  const seriesOf = (runId: string): MetricPoint[] => {
    const known =
      series.get(runId) ??
      (sql.points.all(runId) as { updates: number; point: string }[]).flatMap(
        ({ updates, point }) =>
          parsed<MetricPoint>(point, `A measurement of run ${runId}`, runId, updates),
      );
    series.delete(runId);
    series.set(runId, known);
    for (const oldest of series.keys()) {
      if (series.size <= CACHED_SERIES) break;
      series.delete(oldest);
    }
    return known;
  };

  const putRun = ({ info, wanted, engine, workers }: StoredRun) =>
    sql.putRun.run(
      ...([info.id, info.createdAt, wanted, engine, workers] as const),
      sealed(info, info.id, info.createdAt, wanted, engine, workers),
    );
  const putUpdate = transaction(db, (run: StoredRun, point: MetricPoint) => {
    putRun(run);
    const { id } = run.info;
    const before = seriesOf(id);
    const text = sealed(point, id, point.updates);
    sql.putPoint.run(id, point.updates, isTested(point) ? 1 : 0, text);
    const at = before.findLastIndex(({ updates }) => updates < point.updates) + 1;
    const isThere = before[at]?.updates === point.updates;
    const after = before.toSpliced(at, isThere ? 1 : 0, point);
    if (after.length <= MAX_POINTS) return after;
    const kept = thinned(after, THINNED_POINTS);
    const stay = new Set(kept);
    for (const one of after) if (!stay.has(one)) sql.dropPoint.run(id, one.updates);
    return kept;
  });
  /** Rows of another run as its own; a damaged one stays behind. */
  const copyPast = (id: string, { runId, updates, envSteps }: ForkPast) => {
    const own = (text: string, place: string | number) =>
      resealed(text, [runId, place], [id, place]);
    for (const row of sql.forkPoints.all(runId, updates) as PointRow[]) {
      const point = own(row.point, row.updates);
      if (point !== undefined) sql.putPoint.run(id, row.updates, row.tested, point);
    }
    for (const row of sql.forkChanges.all(runId, envSteps) as ChangeRow[]) {
      const change = own(row.change, row.env_steps);
      if (change !== undefined) sql.addChange.run(id, row.env_steps, change);
    }
    for (const row of sql.forkMoments.all(runId, envSteps) as WholeMomentRow[]) {
      const line = own(row.line, row.id);
      const replay = own(row.replay, row.id);
      if (line === undefined || replay === undefined) continue;
      sql.putMoment.run(id, row.id, row.env_steps, row.bytes, line, replay);
      if (row.held) sql.holdMoment.run(id, row.id);
    }
  };
  const putFork = transaction(
    db,
    (run: StoredRun, changes: readonly SettingsChange[], past: ForkPast | undefined) => {
      putRun(run);
      const { id } = run.info;
      if (past) copyPast(id, past);
      for (const change of changes)
        sql.addChange.run(id, change.envSteps, sealed(change, id, change.envSteps));
    },
  );
  const putEpisode = transaction(db, (runId: string, replay: Replay) => {
    const text = sealed(replay, runId, replay.id);
    if (sql.putEpisode.run(runId, replay.id, text, text.length).changes === 0) return false;
    sql.thinEpisodes.run(runId, KEPT_EPISODES, KEPT_EPISODE_BYTES);
    return true;
  });
  // Cast: the statement selects these columns.
  const momentRows = (runId: string) => sql.momentRows.all(runId) as unknown as MomentRow[];
  const lineOf = (runId: string, { id, line }: MomentRow) =>
    parsed<Moment>(line, `An episode of run ${runId}`, runId, id);
  const addMoment = (runId: string, moment: Moment, text: string) =>
    sql.putMoment.run(
      ...([runId, moment.id, moment.envSteps, text.length] as const),
      sealed(moment, runId, moment.id),
      text,
    );
  const putMoment = transaction(db, (runId: string, moment: Moment, replay: Replay) => {
    if (addMoment(runId, moment, sealed(replay, runId, replay.id)).changes === 0) return;
    const free = momentRows(runId).filter(({ held }) => held === 0);
    const kept = free.flatMap((row) =>
      lineOf(runId, row).map((line) => ({ ...line, bytes: row.bytes })),
    );
    for (const { id } of surplusMoments(kept)) sql.dropMoment.run(runId, id);
  });
  const holdMoment = transaction(
    db,
    (runId: string, describe: (replay: Replay) => Moment, episodeId: string) => {
      const rows = momentRows(runId);
      const row = rows.find(({ id }) => id === episodeId);
      if (row?.held === 1) return true;
      const held = rows.filter((one) => one.held === 1);
      const bytes = held.reduce((sum, one) => sum + one.bytes, 0);
      if (held.length >= HELD_MOMENTS || bytes >= HELD_MOMENT_BYTES) return false;
      if (!row) {
        const [newest] = sql.episode.all(runId, episodeId) as { replay: string }[];
        const replay =
          newest && parsed<Replay>(newest.replay, `Episode ${episodeId}`, runId, episodeId)[0];
        if (!newest || !replay) return false;
        addMoment(runId, describe(replay), newest.replay);
      }
      sql.holdMoment.run(runId, episodeId);
      return true;
    },
  );
  const addChange = transaction(db, (runId: string, change: SettingsChange) => {
    sql.addChange.run(runId, change.envSteps, sealed(change, runId, change.envSteps));
    sql.thinChanges.run(runId, KEPT_CHANGES);
  });
  const deleteRun = transaction(db, (runId: string) =>
    sql.deleteRun.reduce((_, statement) => statement.run(runId).changes, 0),
  );

  const infoOfRecording = (recordingId: string) =>
    (sql.recordingInfo.all(recordingId) as RecordingRow[]).flatMap(recordingLine)[0];

  // `get` of this driver adds a property to the row, so single rows are read with `all`.
  const store: RunStore = {
    putRun: (run) => write('save the run', () => void putRun(run)),
    putFork: (run, changes, past) => write('save the fork', () => putFork(run, changes, past)),
    getRun: (runId) =>
      read('read the run', () => (sql.getRun.all(runId) as RunRow[]).flatMap(readRun)[0]),
    listRuns: () => read('list the runs', () => (sql.listRuns.all() as RunRow[]).flatMap(readRun)),
    putUpdate: (run, point) =>
      write('save the measurements', () => {
        series.set(run.info.id, putUpdate(run, point));
      }),
    putEpisode: (runId, replay) => write('save the episode', () => putEpisode(runId, replay)),
    newestUpdates: (runId) =>
      read('read the measurements', () => {
        const [row] = sql.newestPoint.all(runId) as { newest: number | null }[];
        return row?.newest ?? 0;
      }),
    episodes: (runId, max, maxBytes) =>
      read('read the episodes', () =>
        (sql.episodes.all(runId, max, maxBytes) as EpisodeRow[]).flatMap(({ id, replay }) =>
          parsed<Replay>(replay, `An episode of run ${runId}`, runId, id),
        ),
      ),
    episode: (runId, episodeId) =>
      read('read the episode', () =>
        [sql.episode, sql.momentReplay].flatMap((one) =>
          (one.all(runId, episodeId) as { replay: string }[]).flatMap(({ replay }) =>
            parsed<Replay>(replay, `Episode ${episodeId}`, runId, episodeId),
          ),
        ),
      )[0],
    putMoment: (runId, moment, replay) =>
      write('keep the episode', () => putMoment(runId, moment, replay)),
    moments: (runId) =>
      read('list the episodes', () => momentRows(runId).flatMap((row) => lineOf(runId, row))),
    holdMoment: (runId, moment, episodeId) =>
      write('keep the episode', () => holdMoment(runId, moment, episodeId)),
    deleteRun: (runId) =>
      write('delete the run', () => {
        series.delete(runId);
        return deleteRun(runId) > 0;
      }),
    points: (runId, max) => read('read the measurements', () => thinned(seriesOf(runId), max)),
    dropPointsAfter: (runId, updates) =>
      write('drop measurements', () => {
        series.delete(runId);
        return sql.dropPoints.run(runId, updates).changes;
      }),
    addChange: (runId, change) => write('log the change', () => addChange(runId, change)),
    changes: (runId, max = KEPT_CHANGES) =>
      read('read the changes', () =>
        (sql.changes.all(runId, max) as { env_steps: number; change: string }[]).flatMap(
          ({ env_steps: at, change }) =>
            parsed<SettingsChange>(change, `A change of run ${runId}`, runId, at),
        ),
      ),
    saveRecording: (replay, savedAt, why) =>
      write('save the recording', () => {
        const id = recordingIdOf(replay);
        const text = sealed(replay, id);
        const said = describeRecording(id, replay, savedAt, why);
        const info = sealed(said, id, savedAt);
        sql.dropDeletedRecording.run(id);
        const added = sql.addRecording.run(id, savedAt, info, text, text.length).changes > 0;
        return { recording: infoOfRecording(id) ?? said, added };
      }),
    recordingInfo: (recordingId) => read('read the recording', () => infoOfRecording(recordingId)),
    describeRecording: (recordingId, patch) =>
      write('describe the recording', () => {
        const before = infoOfRecording(recordingId);
        if (!before) return undefined;
        const after: RecordingInfo = { ...before, ...patch };
        sql.describeRecording.run(sealed(after, recordingId, before.savedAt), recordingId);
        return after;
      }),
    getRecording: (recordingId) =>
      read('read the recording', () =>
        (sql.recording.all(recordingId) as { replay: string }[]).flatMap(({ replay }) =>
          parsed<Replay>(replay, `Recording ${recordingId}`, recordingId),
        ),
      )[0],
    recordingTotals: () =>
      read('count the recordings', () => {
        const [row] = sql.recordingTotals.all() as { count: number; bytes: number }[];
        return row ?? { count: 0, bytes: 0 };
      }),
    listRecordings: (max, before) =>
      read('list the recordings', () => {
        const { savedAt, id } = (before !== undefined && readPlace(before)) || END_OF_TIME;
        const rows = sql.recordings.all(savedAt, id, max + 1) as RecordingRow[];
        return pageOf(rows.flatMap(recordingLine), max);
      }),
    deleteRecording: (recordingId, now) =>
      write('delete the recording', () => {
        sql.purgeRecordings.run(now - RESTORABLE_MS);
        return sql.deleteRecording.run(now, recordingId).changes > 0;
      }),
    restoreRecording: (recordingId) =>
      write('put back the recording', () => {
        sql.restoreRecording.run(recordingId);
        return infoOfRecording(recordingId);
      }),
    probe: () => write('write to the database', () => void sql.probe.run(Date.now())),
    giveBack: () =>
      write('give back space', () => {
        db.pragma(`incremental_vacuum(${PAGES_GIVEN_BACK})`);
        const [row] = db.prepare('PRAGMA freelist_count').all() as { freelist_count: number }[];
        return (row?.freelist_count ?? 0) > 0;
      }),
    close() {
      if (isClosed) return;
      // The driver keeps the connection open while its statements live, so the log is folded into
      // the file here, and what comes after is refused here.
      read('close the database', () => db.pragma('wal_checkpoint(TRUNCATE)'));
      db.close();
      isClosed = true;
    },
  };
  const damagedRuns = () =>
    (sql.listRuns.all() as RunRow[])
      .filter((row) => readRun(row).length === 0)
      .map(({ id, wanted }) => ({ id, wanted }));
  return { store, damagedRuns };
}

const END_OF_TIME = { savedAt: Number.MAX_SAFE_INTEGER, id: '' };
const isTested = (point: MetricPoint) => point.values.evalSuccess !== undefined;

/**
 * Columns of text, read as bytes: the driver ends the process where a damaged byte has made text that is no UTF-8.
 * See `decoded`.
 */
const texts = (...columns: string[]) =>
  columns.map((column) => `CAST(${column} AS BLOB) AS ${column}`).join(', ');
/** Columns of numbers; a damaged one may hold text, which is read as 0. */
const numbers = (...columns: string[]) =>
  columns.map((column) => `CAST(${column} AS INTEGER) AS ${column}`).join(', ');

/** A row whose bytes are text again; what is no UTF-8 becomes a sign that is no JSON either, so that its row is left out. */
function decoded(row: unknown): object {
  return Object.fromEntries(
    Object.entries(row as Record<string, unknown>).map(([column, value]) => {
      if (typeof value !== 'object' || value === null) return [column, value];
      const bytes = Buffer.from(value as Uint8Array);
      return [column, isUtf8(bytes) ? bytes.toString('utf8') : '\uFFFD'];
    }),
  );
}

const RUN_COLUMNS = `${texts('id', 'wanted', 'engine', 'info')}, ${numbers('created_at', 'workers')}`;
const RECORDING_COLUMNS = `${texts('id', 'info')}, ${numbers('saved_at')}`;

function statements(db: Connection) {
  // From the index alone: an episode's text is read only where it is wanted.
  const ranked = `SELECT seq, SUM(bytes) OVER (ORDER BY seq DESC) AS total,
      ROW_NUMBER() OVER (ORDER BY seq DESC) AS rank FROM episodes WHERE run_id = ?1`;
  const reading = (query: string) => {
    const statement = db.prepare(query);
    return { all: (...values: unknown[]) => statement.all(...values).map(decoded) };
  };
  return {
    putRun: db.prepare(
      `INSERT INTO runs (id, created_at, wanted, engine, workers, info) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at, wanted = excluded.wanted, engine = excluded.engine,
         workers = excluded.workers, info = excluded.info`,
    ),
    getRun: reading(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`),
    listRuns: reading(
      `SELECT ${RUN_COLUMNS} FROM runs ORDER BY runs.created_at DESC, runs.id DESC`,
    ),
    putPoint: db.prepare('INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)'),
    forkPoints: reading(
      `SELECT ${texts('point')}, ${numbers('updates', 'tested')} FROM points WHERE run_id = ? AND points.updates <= ?`,
    ),
    forkChanges: reading(
      `SELECT ${texts('change')}, ${numbers('env_steps')} FROM changes
       WHERE run_id = ? AND changes.env_steps < ? ORDER BY changes.env_steps, changes.id`,
    ),
    forkMoments: reading(
      `SELECT ${texts('id', 'line', 'replay')}, ${numbers('env_steps', 'bytes', 'held')} FROM moments
       WHERE run_id = ? AND moments.env_steps <= ? ORDER BY moments.env_steps, moments.seq`,
    ),
    newestPoint: db.prepare('SELECT MAX(updates) AS newest FROM points WHERE run_id = ?'),
    points: reading(
      `SELECT ${texts('point')}, ${numbers('updates')} FROM points WHERE run_id = ? ORDER BY points.updates`,
    ),
    dropPoint: db.prepare('DELETE FROM points WHERE run_id = ? AND updates = ?'),
    dropPoints: db.prepare('DELETE FROM points WHERE run_id = ? AND updates > ?'),
    putEpisode: db.prepare(
      'INSERT OR IGNORE INTO episodes (run_id, id, replay, bytes) VALUES (?, ?, ?, ?)',
    ),
    thinEpisodes: db.prepare(
      `DELETE FROM episodes WHERE run_id = ?1 AND seq IN (
         SELECT seq FROM (${ranked})
         WHERE rank > 1 AND (rank > ?2 OR total > ?3))`,
    ),
    episodes: reading(
      `SELECT ${texts('id', 'replay')} FROM episodes WHERE seq IN (
         SELECT seq FROM (${ranked}) WHERE rank = 1 OR (rank <= ?2 AND total <= ?3))
       ORDER BY seq`,
    ),
    episode: reading(`SELECT ${texts('replay')} FROM episodes WHERE run_id = ? AND id = ?`),
    putMoment: db.prepare(
      'INSERT OR IGNORE INTO moments (run_id, id, env_steps, bytes, line, replay) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    momentRows: reading(
      `SELECT ${texts('id', 'line')}, ${numbers('bytes', 'held')} FROM moments WHERE run_id = ? ORDER BY env_steps, seq`,
    ),
    momentReplay: reading(`SELECT ${texts('replay')} FROM moments WHERE run_id = ? AND id = ?`),
    dropMoment: db.prepare('DELETE FROM moments WHERE run_id = ? AND id = ?'),
    holdMoment: db.prepare('UPDATE moments SET held = 1 WHERE run_id = ? AND id = ?'),
    deleteRun: ['points', 'changes', 'episodes', 'moments']
      .map((table) => db.prepare(`DELETE FROM ${table} WHERE run_id = ?`))
      .concat(db.prepare('DELETE FROM runs WHERE id = ?')),
    addChange: db.prepare('INSERT INTO changes (run_id, env_steps, change) VALUES (?, ?, ?)'),
    thinChanges: db.prepare(
      `DELETE FROM changes WHERE run_id = ?1 AND id <= (
         SELECT id FROM changes WHERE run_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
    ),
    changes: reading(
      `SELECT ${texts('change')}, ${numbers('env_steps')} FROM (
         SELECT change, env_steps, id FROM changes WHERE run_id = ?
         ORDER BY env_steps DESC, id DESC LIMIT ?)
       ORDER BY env_steps, id`,
    ),
    addRecording: db.prepare(
      'INSERT OR IGNORE INTO recordings (id, saved_at, info, replay, bytes) VALUES (?, ?, ?, ?, ?)',
    ),
    recordingInfo: reading(
      `SELECT ${RECORDING_COLUMNS} FROM recordings WHERE id = ? AND deleted_at IS NULL`,
    ),
    describeRecording: db.prepare('UPDATE recordings SET info = ? WHERE id = ?'),
    recording: reading(
      `SELECT ${texts('replay')} FROM recordings WHERE id = ? AND deleted_at IS NULL`,
    ),
    recordings: reading(
      `SELECT ${RECORDING_COLUMNS} FROM recordings
       WHERE deleted_at IS NULL AND (saved_at, id) < (?, ?)
       ORDER BY recordings.saved_at DESC, recordings.id DESC LIMIT ?`,
    ),
    recordingTotals: db.prepare(
      'SELECT COUNT(*) AS count, COALESCE(SUM(bytes), 0) AS bytes FROM recordings WHERE deleted_at IS NULL',
    ),
    deleteRecording: db.prepare(
      'UPDATE recordings SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL',
    ),
    restoreRecording: db.prepare('UPDATE recordings SET deleted_at = NULL WHERE id = ?'),
    dropDeletedRecording: db.prepare(
      'DELETE FROM recordings WHERE id = ? AND deleted_at IS NOT NULL',
    ),
    purgeRecordings: db.prepare('DELETE FROM recordings WHERE deleted_at < ?'),
    probe: db.prepare('INSERT OR REPLACE INTO probe VALUES (1, ?)'),
  };
}
