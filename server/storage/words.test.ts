import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import Database from 'libsql';
import { adviceFor, codeOf } from './words.ts';

/** What an action throws. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('what fails in the system or the database is known by its code, and has its advice', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'words-'));
  const file = path.join(folder, 'one.db');
  try {
    const [one, other] = [new Database(file), new Database(file)];
    one.exec('CREATE TABLE t (x)');
    one.exec('PRAGMA max_page_count = 2');
    const full = thrownBy(() => {
      for (let i = 0; i < 100; i++) one.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(500));
    });
    one.exec('BEGIN IMMEDIATE');
    const busy = thrownBy(() => other.exec('DELETE FROM t'));
    one.close();
    other.close();
    const closed = thrownBy(() => new Database(path.join(folder, 'none', 'one.db')));
    writeFileSync(file, 'no database'.repeat(500));
    const foreign = thrownBy(() => new Database(file).prepare('SELECT * FROM t'));
    const missing = thrownBy(() => writeFileSync(path.join(folder, 'none', 'a'), ''));
    const wrapped = new Error('saving failed', { cause: full });
    const errors = { full, busy, closed, foreign, missing, wrapped };
    expect(Object.entries(errors).map(([name, error]) => [name, codeOf(error)])).toEqual([
      ['full', 'SQLITE_FULL'],
      ['busy', 'SQLITE_BUSY'],
      ['closed', 'SQLITE_CANTOPEN'],
      ['foreign', 'SQLITE_NOTADB'],
      ['missing', 'ENOENT'],
      ['wrapped', 'SQLITE_FULL'],
    ]);
    expect(adviceFor(wrapped)).toMatch(/^ Free some space/);
    expect(adviceFor(closed)).toMatch(/^ Make the folder writable/);
    expect(adviceFor(busy)).toMatch(/^ Another program holds it/);
    expect([adviceFor(foreign), adviceFor('full'), codeOf(undefined)]).toEqual(['', '', undefined]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
