import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pino from 'pino';
import { startApp } from '../../app.ts';
import { launchFake } from '../../runs/fakeSession.testing.ts';
import { openSqliteStore } from '../../storage/sqliteStore.ts';

/**
 * The server that the fuzzer speaks to: everything real but the learner, and but the rates, which would
 * answer most of a hundred thousand inputs with "slow down" before anything else looked at them.
 */
const PLENTY = { perSecond: 1e6, burst: 1e6 };
const COLLECT_MS = 3000;
const folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-server-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// Files to be asked for, whether or not the page is built.
const clientFolder = path.join(folder, 'client');
mkdirSync(path.join(clientFolder, 'assets'), { recursive: true });
for (const file of ['index.html', 'assets/main-1a2b3c.js'])
  writeFileSync(path.join(clientFolder, file), `<!-- ${file} -->`.repeat(50));
const app = await startApp({
  host: '127.0.0.1',
  port: 0,
  store: openSqliteStore(path.join(folder, 'runs.db')),
  clientFolder,
  checkpointFolder: path.join(folder, 'checkpoints'),
  shippedCheckpoints: ['default'],
  log: pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })),
  version: '0.0.0',
  launch: launchFake,
  maxRuns: 20,
  requestRate: PLENTY,
  rates: { commands: PLENTY, heavy: PLENTY, refusals: PLENTY, address: PLENTY },
  door: {
    messages: PLENTY,
    bytes: { perSecond: 1e9, burst: 1e9 },
    handshakes: PLENTY,
    requests: PLENTY,
    cuts: PLENTY,
  },
});
// So that the memory that is measured is what is held, not what has yet to be collected.
setFlagsFromString('--expose-gc');
setInterval(runInNewContext('gc') as () => void, COLLECT_MS);
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ type: 'listening', url: `http://127.0.0.1:${app.port}` });
