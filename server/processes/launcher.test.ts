import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { processLauncher } from './launcher.ts';

test('what trains, plays and draws gives way to the server, its threads too', async () => {
  const entry = fileURLToPath(new URL('./priority.testing.ts', import.meta.url));
  const launch = processLauncher<string, { own: number; threads: number }>(entry, () => undefined);
  const child = launch();
  try {
    const told = await new Promise<{ own: number; threads: number }>((resolve, reject) => {
      child.onMessage(resolve);
      child.onExit((reason) => reject(new Error(reason)));
      child.send('tell');
    });
    // 19 is the lowest that there is.
    const wanted = Math.min(19, os.getPriority() + 10);
    expect(told.own).toBeGreaterThanOrEqual(Math.min(10, wanted));
    expect(told.threads).toBe(told.own);
  } finally {
    child.kill();
  }
});
