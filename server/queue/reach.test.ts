import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { OwnRedis } from '../bench/queue/ownRedis.ts';
import { loadPackages } from './packages.ts';
import { reach } from './reach.ts';
import { testWithRedis } from './redis.testing.ts';
import { openRedis } from './redis.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'queue-reach-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const summary = async (redis?: string, storage?: string) =>
  (await reach(redis, storage)).map(({ what, ok, found }) => `${what} ${ok}: ${found}`);

test('what cannot be reached is told', async () => {
  expect(await summary('redis://127.0.0.1:1', path.join(folder, 'no'))).toEqual([
    expect.stringMatching(/^storage false: .*there is no folder/),
    expect.stringMatching(/^redis false: .*nothing listens there/),
  ]);
});

testWithRedis('so is what is not as it should be there', async () => {
  const redis = await OwnRedis.start();
  try {
    expect(await summary(redis.url, folder)).toEqual([
      `storage true: ${folder} can be written`,
      expect.stringMatching(/^redis true: Redis \S+ at redis:\S+ answers after/),
      'rights true: scripts and keys may be written',
      expect.stringMatching(/^persistence false: .*accepted: appendonly yes$/),
      expect.stringMatching(/^clock true: /),
      expect.stringMatching(/^machines true: 0 workers; this is /),
    ]);
    const { client } = await openRedis(await loadPackages(), redis.url, () => undefined);
    await client.config('SET', 'appendonly', 'yes');
    await client.acl('SETUSER', 'reader', 'on', '>pass', '~*', '+@read', '+info', '+time', '+ping');
    const as = redis.url.replace('//', '//reader:pass@');
    expect(await summary(as)).toEqual([
      expect.stringMatching(/^redis true/),
      expect.stringMatching(/^rights false: .*accepted: a user who may run scripts/),
      'persistence true: what is queued outlives a restart of Redis',
      expect.stringMatching(/^clock true/),
      expect.stringMatching(/^machines true/),
    ]);
    client.disconnect();
  } finally {
    await redis.end();
  }
});
