import { spawnSync } from 'node:child_process';
import { test } from '@jest/globals';

const isThere = spawnSync('redis-server', ['--version']).status === 0;
// Where the tests are to be complete it must be there, unless it could not be had.
if (!isThere && process.env.CI && !process.env.NO_REDIS)
  throw new Error('redis-server is not installed; accepted: Debian’s redis-server, or NO_REDIS=1');

/** A test that needs Redis; it is left out, and says so by its name, where `redis-server` is not installed. */
export const testWithRedis = (name: string, body: () => Promise<void>): void =>
  isThere ? test(name, body) : test.skip(`${name} (left out: redis-server is not installed)`, body);
