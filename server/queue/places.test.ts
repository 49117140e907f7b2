import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { checkLease, LeaseLostError } from '../storage/leases.ts';
import { buildOf } from './build.ts';
import { readJob } from './jobs.ts';
import { SharedStorage } from './sharedStorage.ts';
import { keptStates, stateName, tidyStates, writeHeld } from './states.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'queue-places-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['s3://bucket/runs', /"s3:\/\/bucket\/runs", and S3 is not supported yet; accepted: a folder/],
  ['https://host/x', /"https:\/\/host\/x"; accepted: a folder/],
  ['file://elsewhere/x', /is no address of a file here; accepted/],
  ['', /--storage is ""; accepted/],
  [path.join(folder, 'missing'), /there is no folder .*missing; accepted/],
])('%s is refused as a storage', (given, message) => {
  expect(() => SharedStorage.open(given)).toThrow(message);
});

// Even root cannot write there.
(process.platform === 'linux' ? test : test.skip)('so is one that cannot be written', () => {
  expect(() => SharedStorage.open('/proc/self')).toThrow(
    /--storage is "\/proc\/self": nothing can be written there .*; accepted: a folder that this user may write/,
  );
});

test('a storage is the same for all that share it, by whatever name, and no other', () => {
  const [one, other] = ['one', 'other'].map((name) => path.join(folder, name));
  for (const at of [one, other]) mkdirSync(at);
  const { id } = SharedStorage.open(one);
  expect(SharedStorage.open(pathToFileURL(one).href).id).toBe(id);
  expect(SharedStorage.open(other).id).not.toBe(id);
  expect(readdirSync(one)).toEqual(['planner-and-doer-storage']);
});

test('a state is kept only while nobody holds the training after its writer', async () => {
  const at = path.join(folder, 'training');
  mkdirSync(at);
  const write = (lease: number, text: string) =>
    writeHeld({ folder: at, training: '1-seed1', lease }, stateName(lease), async (file) =>
      writeFileSync(file, text),
    );
  await write(1, 'first');
  checkLease('1-seed1', at, 2);
  await expect(write(1, 'late')).rejects.toThrow(LeaseLostError);
  // It held the training when it began to write, and no longer when that was done.
  const overtaken = writeHeld(
    { folder: at, training: '1-seed1', lease: 2 },
    stateName(2),
    async (file) => {
      writeFileSync(file, 'overtaken');
      checkLease('1-seed1', at, 3);
    },
  );
  await expect(overtaken).rejects.toThrow(LeaseLostError);
  expect(readFileSync(path.join(at, stateName(1)), 'utf8')).toBe('first');
  await write(3, 'third');
  expect(keptStates(at)).toEqual([3, 1]);
  tidyStates(at, 3);
  expect(readdirSync(at).sort()).toEqual(['lease', stateName(3)]);
});

test('a build is told by its source', () => {
  const root = path.join(folder, 'source');
  for (const name of ['server', 'shared', 'envs'])
    mkdirSync(path.join(root, name), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(path.join(root, name), text);
  write('package.json', '{"version": "1.2.3"}');
  write('server/a.ts', 'one\ntwo\n');
  const before = buildOf(root);
  expect(before).toMatch(/^1\.2\.3-[0-9a-f]{8}$/);
  write('server/a.test.ts', 'of no consequence');
  write('server/a.ts', 'one\r\ntwo\r\n');
  expect(buildOf(root)).toBe(before);
  write('server/a.ts', 'one\n');
  expect(buildOf(root)).not.toBe(before);
});

const own = { build: '1.0.0-a', storage: 'here' };
const job = {
  ...{ ...own, sweep: 'lab-1', name: '1-seed1', steps: 100, isLast: true, evalEpisodes: 10 },
  session: {
    ...{ levelId: 'BabyAI-GoToObj-v0', init: 'scratch', policy: 'flat', preset: 'nano', seed: 1 },
    ...{ settings: {}, rewards: {}, workers: 1 },
  },
};

test.each<[string, object, RegExp]>([
  ['juggling', job, /^the job is of the kind "juggling"; accepted: training$/],
  ['training', { ...job, build: '2' }, /by version 2, and the worker is 1\.0\.0-a; accepted/],
  ['training', { ...job, storage: 'x' }, /another storage than the worker has; accepted/],
  ['training', { ...job, steps: 0 }, /^the job's steps is 0; /],
  ['training', { ...job, name: '../../etc' }, /^the job's name is "..\/..\/etc"; /],
  [
    'training',
    { ...job, session: { ...job.session, settings: { gamma: 7 } } },
    /^the job's session.settings.gamma is 7; /,
  ],
])('a job of the kind %s: %j is refused', (kind, data, message) => {
  expect(() => readJob(kind, data, own)).toThrow(message);
});

test('any other is read', () => {
  expect(readJob('training', job, own)).toEqual(job);
});
