import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { CheckpointFolder, KEPT_CHECKPOINTS } from './checkpoints.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ckpt-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const facts = (runId: string, updates: number) => ({ runId, updates, envSteps: updates * 100 });
const save = (content: string) => async (file: string) => {
  writeFileSync(file, content);
  return { weightsHash: `hash-of-${content}` };
};

test('gives back the newest, and by id or by run', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'plain'));
  await checkpoints.write(facts('run-a', 2), save('two'));
  await checkpoints.write(facts('run-a', 10), save('ten'));
  const newest = await checkpoints.newestGood('run-a');
  expect(newest).toMatchObject({
    id: 'run-a.u10',
    updates: 10,
    envSteps: 1000,
    bytes: 3,
    weightsHash: 'hash-of-ten',
  });
  expect(await checkpoints.find('run-a')).toEqual(newest);
  expect((await checkpoints.find('run-a.u2'))?.weightsHash).toBe('hash-of-two');
  expect(await checkpoints.find('run-a.u3')).toBeUndefined();
  expect(await checkpoints.find('run-b')).toBeUndefined();
  expect(await checkpoints.find('../run-a')).toBeUndefined();
});

test('a damaged newest one is passed over for the one before', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'damaged'));
  await checkpoints.write(facts('run-a', 1), save('good'));
  const second = await checkpoints.write(facts('run-a', 2), save('will be changed'));
  const third = await checkpoints.write(facts('run-a', 3), save('will be cut'));
  writeFileSync(second.file, 'was all changed');
  writeFileSync(third.file, 'will');
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(1);
});

test('one whose writing was cut off does not count', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'cut'));
  await checkpoints.write(facts('run-a', 1), save('good'));
  const run = path.join(checkpoints.folder, 'run-a');
  writeFileSync(path.join(run, 'u000000002.ckpt'), 'data without its json');
  writeFileSync(path.join(run, 'u000000003.ckpt.tmp'), 'half');
  writeFileSync(path.join(run, 'u000000004.json'), '{"half');
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(1);
});

test('a failing save leaves the older ones and no half file', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'failing'));
  await checkpoints.write(facts('run-a', 1), save('good'));
  await expect(
    checkpoints.write(facts('run-a', 2), async (file) => {
      writeFileSync(file, 'half');
      throw new Error('disk full');
    }),
  ).rejects.toThrow(/Could not save a checkpoint.*disk full.*older ones are untouched/);
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(1);
  expect(readdirSync(path.join(checkpoints.folder, 'run-a')).sort()).toEqual([
    'u000000001.ckpt',
    'u000000001.json',
  ]);
});

test('what a crash left aside is cleared away after a while', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'leftovers'));
  const run = path.join(checkpoints.folder, 'run-a');
  mkdirSync(run, { recursive: true });
  for (const name of ['old', 'new']) writeFileSync(path.join(run, `${name}.ckpt.1.tmp`), 'half');
  const longAgo = Date.now() / 1000 - 86_400;
  utimesSync(path.join(run, 'old.ckpt.1.tmp'), longAgo, longAgo);
  await checkpoints.write(facts('run-a', 1), save('good'));
  expect(readdirSync(run).filter((name) => name.endsWith('.tmp'))).toEqual(['new.ckpt.1.tmp']);
});

test('only the newest few are kept', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'many'));
  for (let updates = 1; updates <= 6; updates++)
    await checkpoints.write(facts('run-a', updates), save(`c${updates}`));
  expect(checkpoints.list('run-a').map((item) => item.updates)).toEqual([6, 5, 4]);
  expect(readdirSync(path.join(checkpoints.folder, 'run-a'))).toHaveLength(2 * KEPT_CHECKPOINTS);
});

test('a run’s name never leads out of the folder', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'inside'));
  mkdirSync(path.join(folder, 'outside'), { recursive: true });
  await expect(checkpoints.write(facts('../outside', 1), save('x'))).rejects.toThrow(/run's id/);
  expect(readdirSync(path.join(folder, 'outside'))).toEqual([]);
});
