import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import Database from 'libsql';
import { ageOfCopy, renewCopy } from './copies.ts';
import { openDatabase, transaction } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { samplePoint, sampleReplay, sampleRun } from './sample.testing.ts';
import { openSqliteStore } from './sqliteStore.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'sqlite-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a file that is no database is refused with what to do', () => {
  const file = path.join(folder, 'garbage.db');
  writeFileSync(file, 'not a database at all '.repeat(500));
  expect(() => openSqliteStore(file)).toThrow(/damaged.*Move it away/);
});

test('a database with a broken page is refused, not read', () => {
  const file = path.join(folder, 'broken.db');
  const store = openSqliteStore(file);
  for (let n = 0; n < 200; n++) store.putRun(sampleRun(`run-${n}`));
  store.close();
  expect(statSync(file).size).toBeGreaterThan(4096 * 8);
  overwritePages(file, 4096 * 2, 4096 * 6);
  expect(() => openSqliteStore(file)).toThrow(/damaged/);
});

test('a damaged database is replaced by its copy and put aside', () => {
  const file = path.join(folder, 'restored.db');
  const first = openSqliteStore(file);
  first.putRun(sampleRun('run-a'));
  expect(renewCopy(file)).toBeUndefined();
  first.putRun(sampleRun('run-b'));
  first.close();
  writeFileSync(file, 'not a database at all '.repeat(500));
  const notes: string[] = [];
  const restored = openSqliteStore(file, (message) => notes.push(message));
  expect(restored.listRuns().map(({ info }) => info.id)).toEqual(['run-a']);
  restored.close();
  expect(notes).toEqual([
    expect.stringMatching(/was damaged .* The copy of .* is in its place.*restored\.db\.damaged-1/),
  ]);
  expect(readFileSync(`${file}.damaged-1`, 'utf8')).toMatch(/^not a database/);
});

test('a copy is made while the database is used, and a worse one never takes its place', () => {
  const file = path.join(folder, 'copied.db');
  expect(ageOfCopy(file)).toBe(Number.POSITIVE_INFINITY);
  const store = openSqliteStore(file);
  store.putRun(sampleRun('run-a'));
  expect(renewCopy(file)).toBeUndefined();
  expect(ageOfCopy(file)).toBeLessThan(60_000);
  store.putRun(sampleRun('run-b'));
  expect(renewCopy(file)).toBeUndefined();
  // The one before stays beside it.
  expect(runsIn(`${file}.backup-older`)).toEqual(['run-a']);
  store.deleteRun('run-a');
  store.deleteRun('run-b');
  expect(renewCopy(file)).toMatch(/holds no runs/);
  store.putRun(sampleRun('run-c'));
  store.close();
  const db = new Database(file);
  db.exec("UPDATE runs SET info = 'broken {'");
  db.close();
  expect(renewCopy(file)).toMatch(/damaged/);
  expect(runsIn(`${file}.backup`)).toEqual(['run-b', 'run-a']);
});

function runsIn(file: string): string[] {
  const store = openSqliteStore(file);
  const ids = store.listRuns().map(({ info }) => info.id);
  store.close();
  return ids;
}

test('one damaged row costs that row, not the start', () => {
  const file = path.join(folder, 'row.db');
  const notes: string[] = [];
  const store = openSqliteStore(file, (message) => notes.push(message));
  for (const id of ['run-a', 'run-b', 'run-c']) store.putUpdate(sampleRun(id), samplePoint(1));
  store.putUpdate(sampleRun('run-b'), samplePoint(2));
  store.close();
  const db = new Database(file);
  db.exec("UPDATE runs SET info = '{' WHERE id = 'run-a'");
  // No UTF-8: the driver ends the process of whoever reads this as text.
  db.exec("UPDATE runs SET info = CAST(x'7b22ff227d' AS TEXT) WHERE id = 'run-c'");
  db.exec("UPDATE points SET point = '' WHERE updates = 2");
  db.close();
  const again = openSqliteStore(file, (message) => notes.push(message));
  expect(again.listRuns().map(({ info }) => info.id)).toEqual(['run-b']);
  expect(again.points('run-b', 9)).toEqual([samplePoint(1)]);
  expect(notes.sort()).toEqual([
    expect.stringMatching(/measurement of run run-b is damaged/),
    expect.stringMatching(/Run run-a is damaged/),
    expect.stringMatching(/Run run-c is damaged/),
  ]);
  again.close();
});

test('a damaged index is made anew, and nothing is lost', () => {
  const file = path.join(folder, 'index.db');
  const notes: string[] = [];
  const store = openSqliteStore(file);
  for (const id of ['run-a', 'run-b']) store.putRun(sampleRun(id));
  store.close();
  const bytes = readFileSync(file);
  // In its row the info follows, and within that it stands in quotes.
  const isInIndex = (at: number) =>
    bytes[at - 1] !== 0x22 && !bytes.subarray(at, at + 60).includes('{');
  let at = bytes.indexOf('run-b');
  while (!isInIndex(at)) at = bytes.indexOf('run-b', at + 1);
  bytes.write('run-c', at);
  writeFileSync(file, bytes);
  const again = openSqliteStore(file, (message) => notes.push(message));
  expect(notes).toEqual([expect.stringMatching(/An index .* was made anew; nothing is lost/)]);
  expect(again.wasRestored).toBe(false);
  again.putRun(sampleRun('run-b'));
  expect(again.listRuns().map(({ info }) => info.id)).toEqual(['run-b', 'run-a']);
  again.close();
});

test('where the folder is removed or replaced, nothing is written any more and it is said', () => {
  const own = mkdtempSync(path.join(folder, 'gone-'));
  const file = path.join(own, 'gone.db');
  const store = openSqliteStore(file);
  store.putRun(sampleRun('run-a'));
  renameSync(own, `${own}-moved`);
  expect(() => store.putRun(sampleRun('run-b'))).toThrow(/data folder is gone/);
  expect(() => store.probe()).toThrow(/data folder is gone/);
  mkdirSync(own);
  openSqliteStore(file).close();
  expect(() => store.putRun(sampleRun('run-b'))).toThrow(/data folder is gone or was replaced/);
  rmSync(own, { recursive: true });
  renameSync(`${own}-moved`, own);
  store.putRun(sampleRun('run-b'));
  store.probe();
  expect(store.listRuns()).toHaveLength(2);
  store.close();
});

test('a lock held by another program is waited for a moment only', () => {
  const file = path.join(folder, 'locked.db');
  const store = openSqliteStore(file);
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  const start = performance.now();
  let failure: unknown;
  try {
    store.probe();
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ isBusy: true, message: expect.stringMatching(/locked/) });
  // Far below the two seconds that an opening may wait; the margin is for a busy machine.
  expect(performance.now() - start).toBeLessThan(1000);
  other.exec('ROLLBACK');
  other.close();
  store.probe();
  store.close();
});

test('space is given back', () => {
  const file = path.join(folder, 'space.db');
  const store = openSqliteStore(file);
  const long = { ...sampleReplay('ep-1'), mission: 'x'.repeat(400) };
  for (let n = 0; n < 300; n++) {
    store.putRun(sampleRun(`run-${n}`));
    store.putEpisode(`run-${n}`, { ...long, id: `e${n}` });
  }
  store.close();
  const full = statSync(file).size;
  const again = openSqliteStore(file);
  for (let n = 0; n < 300; n++) again.deleteRun(`run-${n}`);
  while (again.giveBack());
  again.close();
  expect(statSync(file).size).toBeLessThan(full / 3);
});

test.each(MIGRATIONS.map((_, version) => version).slice(1))(
  'a database of version %i is brought to the newest, with a copy of before beside it',
  (version) => {
    const file = path.join(folder, `version-${version}.db`);
    const old = new Database(file);
    for (const migration of MIGRATIONS.slice(0, version)) old.exec(migration);
    old.exec(`PRAGMA user_version = ${version}`);
    const { info } = sampleRun('run-a');
    old
      .prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)')
      .run('run-a', info.createdAt, 'running', 'auto', 0, JSON.stringify(info));
    old.close();
    const store = openSqliteStore(file);
    expect(store.getRun('run-a')).toMatchObject({ wanted: 'running', info });
    expect(store.episodes('run-a', 9, 1e9)).toEqual([]);
    store.close();
    const before = new Database(`${file}.before-version-${MIGRATIONS.length}`);
    expect(before.prepare('PRAGMA user_version').all()).toEqual([{ user_version: version }]);
    expect(before.prepare('SELECT id FROM runs').all()).toEqual([{ id: 'run-a' }]);
    before.close();
  },
);

test('a database of a newer release is refused and left as it is', () => {
  const file = path.join(folder, 'newer.db');
  openSqliteStore(file).close();
  const db = new Database(file);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  db.close();
  expect(() => openSqliteStore(file)).toThrow(/newer release/);
});

test('opening twice migrates once', () => {
  const file = path.join(folder, 'twice.db');
  openSqliteStore(file).close();
  openSqliteStore(file).close();
  expect(readdirSync(folder).filter((name) => name.startsWith('twice.db.before'))).toEqual([]);
});

test('a transaction that fails says why also where SQLite has rolled it back by itself', () => {
  const { db } = openDatabase(path.join(folder, 'full.db'), () => undefined);
  const count = () => (db.prepare('SELECT id FROM recordings').all() as unknown[]).length;
  const add = (then: () => void) =>
    transaction(db, () => {
      db.exec("INSERT INTO recordings VALUES ('a', 0, '', '', 0, NULL)");
      then();
    });
  const fail = () => {
    throw new Error('database or disk is full');
  };
  expect(add(fail)).toThrow('disk is full');
  const rolledBack = () => {
    db.exec('ROLLBACK');
    fail();
  };
  expect(add(rolledBack)).toThrow('disk is full');
  expect(count()).toBe(0);
  db.close();
});

test('a folder that is not there is named', () => {
  expect(() => openSqliteStore(path.join(folder, 'no', 'such.db'))).toThrow(/no\/such\.db/);
});

function overwritePages(file: string, from: number, to: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(to - from, 0xab), 0, to - from, from);
  closeSync(handle);
}
