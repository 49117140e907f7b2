import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { checkpointPath } from '../policy/policyFile.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { keepUpload } from './uploads.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'uploads-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a policy that is brought is kept once, under a name that runs can start from', async () => {
  const checkpoints = new CheckpointFolder(folder);
  const bytes = readFileSync(checkpointPath('rooms'));
  const kept = await keepUpload(checkpoints, bytes);
  expect(kept).toMatchObject({ id: expect.stringMatching(/^upload-[0-9a-f]{16}$/), policy: 'hrm' });
  expect(await keepUpload(checkpoints, bytes)).toEqual(kept);
  expect(checkpoints.runIds()).toEqual([kept.id]);
  const found = await checkpoints.find(kept.id);
  expect(readFileSync(found?.file ?? '').equals(bytes)).toBe(true);
});

test('what is no policy is refused in words, and nothing of it stays', async () => {
  const checkpoints = new CheckpointFolder(folder);
  const before = checkpoints.runIds();
  const broken = readFileSync(checkpointPath('rooms')).subarray(0, 5000);
  for (const bytes of [Buffer.from('hello, I am a picture'), broken])
    await expect(keepUpload(checkpoints, bytes)).rejects.toMatchObject({
      code: 'bad-request',
      field: 'file',
      message: expect.stringMatching(/^The file is no policy: /),
    });
  expect(checkpoints.runIds()).toEqual(before);
});
