import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { buildFolder, isSafeFile, isSafeFolder } from './buildFolder.ts';

// Windows has neither modes nor owners of this kind.
const onPosix = process.getuid === undefined ? test.skip : test;
const root = mkdtempSync(join(tmpdir(), 'build-folder-'));
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
});
afterAll(() => rmSync(root, { recursive: true }));

test('the first place that can be written is taken, made for this user alone', async () => {
  const file = join(root, 'a file');
  writeFileSync(file, '');
  const among = [
    { folder: join(file, 'below a file'), above: true },
    { folder, above: true },
  ];
  expect(await buildFolder(among)).toBe(folder);
  expect(await isSafeFolder(folder, true)).toBe(true);
  expect(await buildFolder(among)).toBe(folder);
});

onPosix('a folder that others can write is not used, nor one below it, nor a link', async () => {
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const below = join(folder, 'below');
  mkdirSync(below, { mode: 0o700 });
  const link = join(root, 'link');
  const good = join(root, 'good');
  mkdirSync(good, { mode: 0o700 });
  symlinkSync(good, link);
  expect(await isSafeFolder(good, true)).toBe(true);
  for (const place of [folder, below, link]) {
    expect(await isSafeFolder(place, true)).toBe(false);
    const taken = await buildFolder([{ folder: place, above: true }]);
    expect(taken.startsWith(root)).toBe(false);
    expect(await isSafeFolder(taken, true)).toBe(true);
  }
  // Nobody can move what is another's out of a folder with a sticky bit.
  chmodSync(folder, 0o1777);
  expect(await isSafeFolder(below, true)).toBe(true);
});

onPosix('what belongs to another user is not used', async () => {
  mkdirSync(folder, { mode: 0o700 });
  const file = join(folder, 'planted.cjs');
  writeFileSync(file, '', { mode: 0o700 });
  expect(await isSafeFile(file)).toBe(true);
  const others = new Set([process.getuid!() + 1]);
  expect(await isSafeFolder(folder, false, others)).toBe(false);
  expect(await isSafeFile(file, others)).toBe(false);
  chmodSync(file, 0o722);
  expect(await isSafeFile(file)).toBe(false);
  expect(await isSafeFile(join(folder, 'absent'))).toBe(false);
});
