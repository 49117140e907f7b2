import http from 'node:http';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { activeRun, startOwnServer, untilTraining } from '../bench/ownServer.ts';
import { defineCommand } from './command.ts';

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
    const own = options.url === undefined ? await startOwnServer() : undefined;
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
