import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { CheckpointFolder } from './checkpoints.ts';
import { LeaseLostError } from './leases.ts';
import { samplePoint, sampleReplay } from './sample.testing.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ckpt-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const facts = (runId: string, updates: number) => ({ runId, updates, envSteps: updates * 100 });
const save = (content: string) => async (file: string) => {
  writeFileSync(file, content);
  return { weightsHash: `hash-of-${content}` };
};

test('gives back the newest, and by id or by run', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'plain')).prepare();
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
  const checkpoints = new CheckpointFolder(path.join(folder, 'damaged')).prepare();
  await checkpoints.write(facts('run-a', 1), save('good'));
  const second = await checkpoints.write(facts('run-a', 2), save('will be changed'));
  const third = await checkpoints.write(facts('run-a', 3), save('will be cut'));
  writeFileSync(second.file, 'was all changed');
  writeFileSync(third.file, 'will');
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(1);
});

test('one whose writing was cut off does not count', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'cut')).prepare();
  await checkpoints.write(facts('run-a', 1), save('good'));
  const run = path.join(checkpoints.folder, 'run-a');
  writeFileSync(path.join(run, 'u000000002.ckpt'), 'data without its json');
  writeFileSync(path.join(run, 'u000000003.ckpt.tmp'), 'half');
  writeFileSync(path.join(run, 'u000000004.json'), '{"half');
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(1);
});

test('a failing save leaves the older ones and no half file', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'failing')).prepare();
  await checkpoints.write(facts('run-a', 1), save('good'));
  await expect(
    checkpoints.write(facts('run-a', 2), async (file) => {
      writeFileSync(file, 'half');
      throw new Error('disk full');
    }),
  ).rejects.toThrow(/Could not save a checkpoint.*disk full.*older ones are untouched/);
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(1);
  expect(readdirSync(path.join(checkpoints.folder, 'run-a')).sort()).toEqual([
    expect.stringMatching(/^u000000001\.\d+-[0-9a-f]{8}\.ckpt$/),
    'u000000001.json',
  ]);
});

test('what a crash left aside is cleared away, what another process is writing is not', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'leftovers')).prepare();
  const run = path.join(checkpoints.folder, 'run-a');
  mkdirSync(run, { recursive: true });
  const dead = spawnSync(process.execPath, ['--version']).pid;
  const alive = `u000000001.${process.ppid}-0123abcd.ckpt.tmp`;
  const old = 'u000000001.ckpt.1.tmp';
  for (const name of [old, alive, `u000000001.${dead}-0123abcd.ckpt.tmp`])
    writeFileSync(path.join(run, name), 'half');
  const longAgo = Date.now() / 1000 - 86_400;
  utimesSync(path.join(run, old), longAgo, longAgo);
  await checkpoints.write(facts('run-a', 1), save('good'));
  expect(readdirSync(run).filter((name) => name.endsWith('.tmp'))).toEqual([alive]);
});

test('keeps to its limits, and always the best', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'many'), {
    bytes: 1e6,
    count: 5,
  }).prepare();
  for (let updates = 1; updates <= 40; updates++) {
    const tested = updates % 5 === 0 ? { evalSuccess: updates === 15 ? 0.9 : 0.3 } : {};
    const report = { point: samplePoint(updates, tested), episodes: [], changes: [] };
    await checkpoints.write({ ...facts('run-a', updates), report }, save(`c${updates}`));
  }
  const kept = checkpoints.list('run-a').map((item) => item.updates);
  expect(kept).toHaveLength(5);
  expect(kept.slice(0, 3)).toEqual([40, 39, 38]);
  expect(kept).toContain(15);
  expect(readdirSync(path.join(checkpoints.folder, 'run-a'))).toHaveLength(10);
  checkpoints.prune('run-a', { bytes: 0, count: 1 });
  expect(checkpoints.list('run-a').map((item) => item.updates)).toEqual([40, 39, 38, 15]);
});

test('keeps what the update brought until it is asked for', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'reports')).prepare();
  const report = {
    point: samplePoint(4, { evalSuccess: 0.5 }),
    episodes: [sampleReplay('ep-4')],
    changes: [],
  };
  await checkpoints.write({ ...facts('run-a', 4), report }, save('four'));
  const [listed] = checkpoints.list('run-a');
  expect(listed).toMatchObject({ evalSuccess: 0.5, report });
});

test('the same update saved again, by another process too, replaces the first whole', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'twice')).prepare();
  const other = new CheckpointFolder(checkpoints.folder).prepare();
  const first = await checkpoints.write(facts('run-a', 1), save('first'));
  const second = await other.write(facts('run-a', 1), save('second'));
  expect(second.file).not.toBe(first.file);
  expect((await checkpoints.newestGood('run-a'))?.weightsHash).toBe('hash-of-second');
  expect(readdirSync(path.join(checkpoints.folder, 'run-a'))).toHaveLength(2);
});

test('files named as an earlier release did are still found', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'earlier')).prepare();
  const { file } = await checkpoints.write(facts('run-a', 1), save('good'));
  const run = path.dirname(file);
  renameSync(file, path.join(run, 'u000000001.ckpt'));
  const json = path.join(run, 'u000000001.json');
  const { data, seal, ...info } = JSON.parse(readFileSync(json, 'utf8'));
  writeFileSync(json, JSON.stringify(info));
  expect((await checkpoints.newestGood('run-a'))?.weightsHash).toBe('hash-of-good');
});

test('removes a run’s checkpoints, and nothing else', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'removed')).prepare();
  await checkpoints.write(facts('run-a', 1), save('a'));
  await checkpoints.write(facts('run-b', 1), save('b'));
  checkpoints.remove('run-a');
  checkpoints.remove('run-c');
  expect(readdirSync(checkpoints.folder)).toEqual(['run-b']);
  expect(() => checkpoints.remove('../removed')).toThrow(/run's id/);
});

test('a run’s name never leads out of the folder', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'inside')).prepare();
  mkdirSync(path.join(folder, 'outside'), { recursive: true });
  await expect(checkpoints.write(facts('../outside', 1), save('x'))).rejects.toThrow(/run's id/);
  expect(readdirSync(path.join(folder, 'outside'))).toEqual([]);
});

test('a folder that was lost costs nobody the lease, and the next one gets a higher number', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'lost')).prepare();
  const lease = checkpoints.takeLease('run-a');
  rmSync(path.join(folder, 'lost', 'run-a'), { recursive: true });
  await checkpoints.write(facts('run-a', 1), save('mine'), { lease });
  rmSync(path.join(folder, 'lost', 'run-a'), { recursive: true });
  expect(checkpoints.takeLease('run-a')).toBe(lease + 1);
  await expect(checkpoints.write(facts('run-a', 2), save('late'), { lease })).rejects.toThrow(
    LeaseLostError,
  );
});

test('who has lost the lease writes nothing more, not even what is half done', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'leased')).prepare();
  const lease = checkpoints.takeLease('run-a');
  await checkpoints.write(facts('run-a', 1), save('mine'), { lease });
  const late = checkpoints.write(
    facts('run-a', 2),
    async (file) => {
      writeFileSync(file, 'late');
      // Meanwhile another server has started another trainer.
      expect(checkpoints.takeLease('run-a')).toBe(lease + 1);
      return { weightsHash: 'late' };
    },
    { lease },
  );
  await expect(late).rejects.toThrow(LeaseLostError);
  await checkpoints.write(facts('run-a', 2), save('theirs'), { lease: lease + 1 });
  expect((await checkpoints.newestGood('run-a'))?.weightsHash).toBe('hash-of-theirs');
  expect(checkpoints.list('run-a').map(({ updates }) => updates)).toEqual([2, 1]);
});

test('a folder that was removed does not come back half', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'removed')).prepare();
  await checkpoints.write(facts('run-a', 1), save('one'));
  rmSync(checkpoints.folder, { recursive: true });
  await expect(checkpoints.write(facts('run-a', 2), save('two'))).rejects.toThrow(/is gone/);
  expect(() => checkpoints.takeLease('run-a')).toThrow(/is gone/);
  expect(checkpoints.runIds()).toEqual([]);
});

test('on a full disk the checkpoint that is missed least makes room', async () => {
  const checkpoints = new CheckpointFolder(path.join(folder, 'full')).prepare();
  for (let updates = 1; updates <= 6; updates++)
    await checkpoints.write(facts('run-a', updates), save(String(updates)));
  let room = 2;
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  await checkpoints.write(facts('run-a', 7), async (file) => {
    if (room-- > 0) throw noSpace;
    return save('7')(file);
  });
  expect(checkpoints.list('run-a')).toHaveLength(5);
  expect((await checkpoints.newestGood('run-a'))?.updates).toBe(7);
  await expect(
    checkpoints.write(facts('run-a', 8), async () => {
      throw noSpace;
    }),
  ).rejects.toThrow(/the disk is full\. Free some space .* one takes 1 kB, and .* are free/);
  // What is always kept stays: the newest three.
  expect(checkpoints.list('run-a').map(({ updates }) => updates)).toEqual([7, 6, 5]);
});
