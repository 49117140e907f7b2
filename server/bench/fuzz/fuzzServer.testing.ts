import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { startApp } from '../../app.ts';
import { launchFake } from '../../runs/fakeSession.testing.ts';
import { openSqliteStore } from '../../storage/sqliteStore.ts';

/**
 * The server that the fuzzer speaks to: everything real but the learner, and but the rates, which would
 * answer most of a hundred thousand inputs with "slow down" before anything else looked at them.
 */
const PLENTY = { perSecond: 1e6, burst: 1e6 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-server-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const app = await startApp({
  host: '127.0.0.1',
  port: 0,
  store: openSqliteStore(path.join(folder, 'runs.db')),
  checkpointFolder: path.join(folder, 'checkpoints'),
  shippedCheckpoints: ['default'],
  log: pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })),
  version: '0.0.0',
  launch: launchFake,
  maxRuns: 20,
  requestRate: PLENTY,
  rates: { commands: PLENTY, heavy: PLENTY },
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ type: 'listening', url: `http://127.0.0.1:${app.port}` });
