import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'queue-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'sweep.json');
writeFileSync(file, '{"levels": ["GoToObj"], "steps": 100}');

/** Nothing listens there. */
const REDIS = ['--redis', 'redis://127.0.0.1:1'];
const STORAGE = ['--storage', folder];
const SWEEP = ['sweep', file, '--out', path.join(folder, 'out')];

test.each<[string[], RegExp]>([
  [['worker', ...REDIS], /^--storage is missing/],
  [['worker', ...STORAGE], /^--redis is missing/],
  [['worker', ...STORAGE, '--redis', 'host:6379'], /^--redis is "host:6379"; accepted: redis:/],
  [['worker', ...STORAGE, ...REDIS], /^--redis is redis:\S+: nothing listens there; accepted/],
  [['worker', ...REDIS, '--storage', 's3://lab'], /^--storage is "s3:\/\/lab", and S3 is not/],
  [['worker', ...REDIS, ...STORAGE, '--slots', '0'], /^--slots is/],
  [[...SWEEP, ...REDIS], /^--storage is missing: with --redis/],
  [[...SWEEP, ...STORAGE], /^--storage has no effect without --redis/],
  [[...SWEEP, ...REDIS, ...STORAGE, '--engine', 'wasm'], /^--engine has no effect with --redis/],
  [['queue', ...REDIS, '--pause', 'a', '--stop', 'b'], /exclude one another; accepted: one/],
  [['doctor', ...REDIS, '--native'], /^--native has no effect with --redis/],
])('%j is refused in one sentence', async (argv, message) => {
  let err = '';
  const code = await runCli(argv, COMMANDS, {
    out: () => undefined,
    err: (text) => void (err += text),
  });
  expect(err).toMatch(message);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});

test('doctor says what cannot be reached, with an exit code that scripts see', async () => {
  let out = '';
  const code = await runCli(['doctor', ...REDIS, ...STORAGE, '--json'], COMMANDS, {
    out: (text) => void (out += text),
    err: () => undefined,
  });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    reach: [
      { what: 'storage', ok: true },
      { what: 'redis', ok: false },
    ],
  });
});
