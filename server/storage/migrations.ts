/** Each entry brings the database from the version of its index to the next one. Never edit one that shipped. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    wanted TEXT NOT NULL,
    engine TEXT NOT NULL,
    workers INTEGER NOT NULL,
    info TEXT NOT NULL
  );
  CREATE TABLE points (
    run_id TEXT NOT NULL REFERENCES runs(id),
    updates INTEGER NOT NULL,
    tested INTEGER NOT NULL,
    point TEXT NOT NULL,
    PRIMARY KEY (run_id, updates)
  ) WITHOUT ROWID;
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs(id),
    env_steps INTEGER NOT NULL,
    change TEXT NOT NULL
  );
  CREATE INDEX changes_of_run ON changes (run_id, env_steps);
  CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    saved_at INTEGER NOT NULL,
    info TEXT NOT NULL,
    replay TEXT NOT NULL
  );
  CREATE INDEX recordings_by_age ON recordings (saved_at);
  `,
  // Episodes that viewers were shown, so that they can still be recorded after a crash.
  `
  CREATE TABLE episodes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs(id),
    id TEXT NOT NULL,
    replay TEXT NOT NULL,
    UNIQUE (run_id, id)
  );
  CREATE INDEX episodes_of_run ON episodes (run_id, seq);
  `,
  // Sizes, so that limits in bytes cost nothing; and a row to try whether anything can be written.
  `
  ALTER TABLE episodes ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE episodes SET bytes = LENGTH(replay);
  ALTER TABLE recordings ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE recordings SET bytes = LENGTH(replay);
  DROP INDEX recordings_by_age;
  CREATE INDEX recordings_by_age ON recordings (saved_at, id);
  CREATE INDEX recordings_by_size ON recordings (bytes);
  DROP INDEX episodes_of_run;
  CREATE INDEX episodes_of_run ON episodes (run_id, seq, bytes);
  CREATE TABLE probe (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
  `,
  // Episodes of all of a run's learning; `held` are those that somebody has a link to.
  `
  CREATE TABLE moments (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs(id),
    id TEXT NOT NULL,
    env_steps INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    line TEXT NOT NULL,
    replay TEXT NOT NULL,
    UNIQUE (run_id, id)
  );
  `,
  // Recordings that were deleted a moment ago can be put back.
  `
  ALTER TABLE recordings ADD COLUMN deleted_at INTEGER;
  DROP INDEX recordings_by_size;
  CREATE INDEX recordings_by_size ON recordings (deleted_at, bytes);
  `,
];
