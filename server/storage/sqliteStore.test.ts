import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import Database from 'libsql';
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
  expect(() => openSqliteStore(file)).toThrow(/damaged/);
});

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

test('a folder that is not there is named', () => {
  expect(() => openSqliteStore(path.join(folder, 'no', 'such.db'))).toThrow(/no\/such\.db/);
});

function overwritePages(file: string, from: number, to: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(to - from, 0xab), 0, to - from, from);
  closeSync(handle);
}
