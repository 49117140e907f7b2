import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import Database from 'libsql';
import { openDatabase, transaction } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { sampleRun } from './sample.testing.ts';
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
  rmSync(`${file}.backup`);
  expect(() => openSqliteStore(file)).toThrow(/damaged/);
});

test('a damaged database is replaced by its copy and put aside', () => {
  const file = path.join(folder, 'restored.db');
  const first = openSqliteStore(file);
  first.putRun(sampleRun('run-a'));
  first.close();
  // The copy is made at a start, where it is a day old.
  rmSync(`${file}.backup`);
  const second = openSqliteStore(file);
  second.putRun(sampleRun('run-b'));
  second.close();
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

test('the copy is renewed once it is a day old, or of the future', () => {
  const file = path.join(folder, 'copied.db');
  const copy = `${file}.backup`;
  openSqliteStore(file).close();
  for (const [age, renewed] of [
    [1, false],
    [25, true],
    [-5, true],
  ] as const) {
    const then = Date.now() / 1000 - age * 3600;
    utimesSync(copy, then, then);
    openSqliteStore(file).close();
    expect([age, Math.abs(statSync(copy).mtimeMs / 1000 - then) > 1]).toEqual([age, renewed]);
  }
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
    expect(store.episodes('run-a')).toEqual([]);
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
  const db = openDatabase(path.join(folder, 'full.db'), () => undefined);
  const count = () => (db.prepare('SELECT id FROM recordings').all() as unknown[]).length;
  const add = (then: () => void) =>
    transaction(db, () => {
      db.exec("INSERT INTO recordings VALUES ('a', 0, '', '')");
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
