import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { openDataFolder } from '../storage/dataFolder.ts';
import { openSqliteStore } from '../storage/sqliteStore.ts';
import { MAIN_TASK } from '../tasks/index.ts';
import { localLauncher } from './launcher.ts';
import { RunManager } from './manager.ts';
import { until } from './until.testing.ts';

const FIRST_RUN = MAIN_TASK.firstRun;

/** Real file systems of their own, so small that they can be filled; only root may mount them. */
const folder = mkdtempSync(path.join(os.tmpdir(), 'disk-test-'));
const disks = ['running', 'starting'].map((name) => path.join(folder, name));
const isMounted = disks.every((disk) => {
  mkdirSync(disk);
  return succeeds(() => run('mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk));
});
afterAll(() => {
  // Lazily: the database's driver lets go of its file only with the process.
  for (const disk of disks) succeeds(() => run('umount', '-l', disk));
  rmSync(folder, { recursive: true, force: true });
});
const onDisk = isMounted ? test : test.skip;

/** Leaves no room for another byte; gives back what makes room again. */
function fill(disk: string): () => void {
  const filler = path.join(disk, 'filler');
  for (let size = 2 ** 20; size >= 512; size /= 2)
    while (succeeds(() => writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })));
  return () => rmSync(filler);
}

onDisk('on a full disk a run waits and says why; nothing is lost when that is over', async () => {
  const [disk] = disks;
  const store = openSqliteStore(path.join(disk, 'runs.db'));
  const trainer = fileURLToPath(new URL('./fakeTrainer.testing.ts', import.meta.url));
  const manager = new RunManager({
    store,
    checkpoints: new CheckpointFolder(path.join(disk, 'checkpoints')),
    launch: localLauncher(() => undefined, trainer),
    levelIds: [FIRST_RUN.levelId],
    shippedCheckpoints: [FIRST_RUN.init, 'default'],
    log: () => undefined,
    drive: { heartbeatEvery: 0.1, retryEvery: 0.2 },
  });
  try {
    const { id } = await manager.create({ levelId: FIRST_RUN.levelId, init: 'default' });
    await until(manager, id, ({ updates }) => updates >= 2);
    const clear = fill(disk);
    const held = await until(manager, id, ({ status }) => status === 'paused');
    clear();
    expect(held.message).toMatch(
      /^Paused: Could not save .*full.*ree some space.*goes on by itself/,
    );
    const later = await until(
      manager,
      id,
      ({ updates, status }) => status === 'running' && updates > held.updates + 2,
    );
    expect(later.message).toBeUndefined();
    expect(store.points(id, 10_000).map(({ updates }) => updates)).toEqual(
      Array.from({ length: manager.get(id).updates }, (_, index) => index + 1),
    );
  } finally {
    await manager.shutDown(5);
    store.close();
  }
});

onDisk('a disk that is read-only or full at the start is one plain error', () => {
  const [, disk] = disks;
  const data = path.join(disk, 'data');
  openDataFolder(data).release();
  run('mount', '-o', 'remount,ro', disk);
  try {
    expect(() => openDataFolder(data)).toThrow(/the disk is read-only.*--data DIR/);
  } finally {
    run('mount', '-o', 'remount,rw', disk);
  }
  const clear = fill(disk);
  expect(() => openDataFolder(data)).toThrow(/the disk is full.*--data DIR/);
  clear();
});

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'ignore' });
}

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
