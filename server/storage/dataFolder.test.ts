import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { defaultDataFolder, openDataFolder } from './dataFolder.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'data-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the default follows the platform’s custom', () => {
  expect(defaultDataFolder({}, 'linux', '/home/ann')).toBe(
    '/home/ann/.local/share/planner-and-doer',
  );
  expect(defaultDataFolder({ XDG_DATA_HOME: '/x' }, 'linux', '/h')).toBe('/x/planner-and-doer');
  expect(defaultDataFolder({ XDG_DATA_HOME: 'relative' }, 'linux', '/h')).toBe(
    '/h/.local/share/planner-and-doer',
  );
  expect(defaultDataFolder({}, 'darwin', '/Users/ann')).toBe(
    '/Users/ann/Library/Application Support/planner-and-doer',
  );
  expect(defaultDataFolder({ PLANNER_DOER_DATA: '/mine' }, 'linux', '/h')).toBe('/mine');
});

test('is made where it is missing, and held by one server at a time', () => {
  const wanted = path.join(folder, 'a', 'b');
  const held = openDataFolder(wanted);
  expect(() => openDataFolder(wanted)).toThrow(/in use by another server.*--data/);
  held.release();
  openDataFolder(wanted).release();
});

test('the lock of a killed process does not outlive it', () => {
  const wanted = path.join(folder, 'killed');
  const code = `import('${new URL('./dataFolder.ts', import.meta.url)}').then((m) => {
    m.openDataFolder(${JSON.stringify(wanted)});
    process.kill(process.pid, 'SIGKILL');
  })`;
  expect(() =>
    execFileSync(process.execPath, ['--import', 'tsx', '-e', code], { stdio: 'pipe' }),
  ).toThrow(/SIGKILL|Command failed/);
  openDataFolder(wanted).release();
});

test('a file in its place is one clear error', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  expect(() => openDataFolder(file)).toThrow(/Cannot use the data folder .*file.*--data DIR/);
  expect(() => openDataFolder(path.join(file, 'deeper'))).toThrow(/a part of its path is a file/);
});

const isRoot = process.getuid?.() === 0;
(isRoot ? test.skip : test)('a read-only folder is one clear error', () => {
  const wanted = path.join(folder, 'readonly');
  openDataFolder(wanted).release();
  chmodSync(wanted, 0o500);
  expect(() => openDataFolder(wanted)).toThrow(/permission denied.*--data DIR/);
  chmodSync(wanted, 0o700);
});
