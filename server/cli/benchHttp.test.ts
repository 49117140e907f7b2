import { afterAll, expect, test } from '@jest/globals';
import { Harness } from '../api/harness.testing.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';

const harness = new Harness();
afterAll(() => harness.end());

test('a server that is running is measured', async () => {
  const app = await harness.start();
  let out = '';
  const argv = ['bench', 'http', '--url', `http://127.0.0.1:${app.port}`, '--seconds', '1'];
  const code = await runCli([...argv, '--json'], COMMANDS, {
    out: (text) => void (out += text),
    err: () => undefined,
  });
  expect(code).toBe(0);
  const result = JSON.parse(out) as Record<string, number>;
  expect(result).toMatchObject({ requests: 50, failed: 0 });
  expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms);
  expect(result.updates).toBeGreaterThan(0);
});
