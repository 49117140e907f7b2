import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunInfo } from '../../shared/protocol.ts';
import { defineCommand, UsageError } from './command.ts';

export const command = defineCommand({
  options: {
    seconds: { type: 'number', help: 'How long to measure.', default: 20, min: 1, max: 3600 },
    rate: { type: 'number', help: 'Requests a second.', default: 50, min: 1, max: 1000 },
    url: {
      type: 'text',
      help: 'A running server (default: one of its own, with a fresh run that trains).',
      placeholder: 'URL',
      check: (value) =>
        URL.canParse(value) ? undefined : 'accepted: such as http://localhost:3000',
    },
  },
  async run({ options, say }) {
    const own = options.url === undefined ? await startServer() : undefined;
    const url = own?.url ?? options.url!;
    try {
      say(`Waiting for ${url} to train.`);
      const before = await untilTraining(url);
      say(`Measuring /api/health for ${options.seconds} s.`);
      const begun = performance.now();
      const { times, failed } = await measure(url, options.seconds, options.rate);
      const seconds = (performance.now() - begun) / 1000;
      const after = await activeRun(url);
      times.sort((a, b) => a - b);
      const at = (share: number) =>
        times[Math.min(times.length - 1, Math.floor(share * times.length))];
      return {
        json: {
          requests: times.length,
          failed,
          p50Ms: at(0.5),
          p99Ms: at(0.99),
          maxMs: times.at(-1),
          updates: (after?.updates ?? 0) - before.updates,
          envStepsPerSecond: ((after?.envSteps ?? 0) - before.envSteps) / seconds,
          cores: os.availableParallelism(),
        },
      };
    } finally {
      await own?.stop();
    }
  },
});

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const data = mkdtempSync(path.join(os.tmpdir(), 'bench-http-'));
  const child = fork(
    fileURLToPath(new URL('../cli.ts', import.meta.url)),
    ['serve', '--port', '0', '--data', data],
    {
      execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const url = await Promise.race([
    new Promise<string>((resolve) =>
      child.on('message', (message) => resolve((message as { url: string }).url)),
    ),
    gone.then(() => {
      throw new Error('the server did not start');
    }),
  ]);
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function activeRun(url: string): Promise<RunInfo | undefined> {
  const answer = await fetch(new URL('/api/runs', url));
  const { runs } = (await answer.json()) as { runs: RunInfo[] };
  return runs.find(({ status }) => status === 'running');
}

/** The active run once it has finished two updates: loading is over then. */
async function untilTraining(url: string): Promise<RunInfo> {
  for (const begun = performance.now(); performance.now() - begun < 120_000; ) {
    const run = await activeRun(url);
    if (run && run.updates >= 2) return run;
    await sleep(250);
  }
  throw new UsageError(`${url} has no run that trains`);
}

/** Sends requests at an even rate, late ones included, over connections that are kept. */
async function measure(url: string, seconds: number, rate: number) {
  const agent = new http.Agent({ keepAlive: true });
  const times: number[] = [];
  let failed = 0;
  const pending: Promise<void>[] = [];
  const begun = performance.now();
  for (let n = 0; n < seconds * rate; n++) {
    await sleep(Math.max(0, begun + (n * 1000) / rate - performance.now()));
    pending.push(
      timeOf(new URL('/api/health', url), agent).then(
        (time) => void times.push(time),
        () => void failed++,
      ),
    );
  }
  await Promise.all(pending);
  agent.destroy();
  return { times, failed };
}

function timeOf(url: URL, agent: http.Agent): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - begun);
          else reject(new Error(`status ${response.statusCode}`));
        });
      })
      .on('error', reject);
  });
}
