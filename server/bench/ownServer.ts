import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunInfo } from '../../shared/protocol.ts';
import { LOADER_ARGS } from '../processes/loader.ts';

export interface OwnServer {
  url: string;
  pid: number;
  /** Lets it finish its update and save; removes its data. */
  stop(): Promise<void>;
}

/** Starts a file of this program as a child process that it can exchange messages with. */
export function forkTypescript(file: URL, args: string[] = []): ChildProcess {
  return fork(fileURLToPath(file), args, {
    execArgv: [...LOADER_ARGS],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The address of a server started by `forkTypescript`. Rejects where it ends instead. */
export function untilListening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server did not start')));
    child.once('message', (message) => resolve((message as { url: string }).url));
  });
}

/** Starts the real server as `serve` does, on a free port, with a fresh data folder and a run that trains. */
export async function startOwnServer(args: string[] = []): Promise<OwnServer> {
  const data = mkdtempSync(path.join(os.tmpdir(), 'bench-server-'));
  const child = forkTypescript(new URL('../cli.ts', import.meta.url), [
    ...['serve', '--port', '0', '--data', data],
    ...args,
  ]);
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const clean = () => rmSync(data, { recursive: true, force: true });
  const url = await untilListening(child).catch((error) => {
    clean();
    throw error;
  });
  return {
    url,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await gone;
      clean();
    },
  };
}

export async function activeRun(url: string): Promise<RunInfo | undefined> {
  const answer = await fetch(new URL('/api/runs', url));
  const { runs } = (await answer.json()) as { runs: RunInfo[] };
  return runs.find(({ status }) => status === 'running');
}

/** The active run once it has finished two updates, when loading is over. Rejects after ten minutes. */
export async function untilTraining(url: string): Promise<RunInfo> {
  for (const begun = performance.now(); performance.now() - begun < 600_000; ) {
    // While it loads, a busy machine may not accept a connection in time.
    const run = await activeRun(url).catch(() => undefined);
    if (run && run.updates >= 2) return run;
    await sleep(250);
  }
  throw new Error(`${url} has no run that trains`);
}

/** Values of /metrics by name; of those with labels, the first. */
export async function serverMetrics(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^planner_doer_(\w+)(?:\{[^}]*\})? (\S+)$/.exec(line);
    if (match && !values.has(match[1])) values.set(match[1], Number(match[2]));
  }
  return values;
}
