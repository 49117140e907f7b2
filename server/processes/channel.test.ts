import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { LOADER_ARGS } from './loader.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'channel-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a process whose parent was lost while it loaded hears of it, too', async () => {
  const file = path.join(folder, 'slow.mjs');
  const channel = new URL('./channel.ts', import.meta.url).href;
  writeFileSync(
    file,
    `while (process.connected) await new Promise((resolve) => setTimeout(resolve, 20));
    const { processChannel } = await import(${JSON.stringify(channel)});
    setTimeout(() => process.exit(1), 2000);
    processChannel().onDisconnect(() => process.exit(7));`,
  );
  const child = fork(file, {
    execArgv: [...LOADER_ARGS],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const code = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  expect(await code).toBe(7);
});
