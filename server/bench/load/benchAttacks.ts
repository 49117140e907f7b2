import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  activeRun,
  forkTypescript,
  serverMetrics,
  startOwnServer,
  untilTraining,
} from '../ownServer.ts';
import { ATTACKS } from './attackers.ts';

export interface AttackOptions {
  seconds: number;
  attacks: readonly string[];
  onProgress: (text: string) => void;
}

export interface AttackResult {
  attack: string;
  does: string;
  /** Latency of `GET /api/health/alive` during the attack, in milliseconds. */
  alive: { asked: number; p50: number; p99: number; max: number };
  /**
   * Of the web process meanwhile: how late its event loop was at most and in 99 % of its turns, in milliseconds; and the
   * shares of the time in which it computed, and in which it could have but others had the cores (-1 where the system
   * does not say). What is late while it hardly computes is late for want of a core.
   */
  loop: { p99: number; max: number; computed: number; waited: number };
  /** Peak memory of the web process, in MB. */
  memory: number;
  updates: number;
}

/** Runs one attack after another against a fresh server that trains, and measures how fast it still answers. */
export async function benchAttacks({ seconds, attacks, onProgress }: AttackOptions) {
  const server = await startOwnServer(['--log-level', 'error']);
  try {
    onProgress(`Waiting for ${server.url} to train.`);
    await untilTraining(server.url);
    const results: AttackResult[] = [];
    for (const attack of attacks) {
      const does = ATTACKS[attack]?.does ?? '';
      onProgress(`${attack}: ${does}`);
      const before = (await activeRun(server.url).catch(() => undefined))?.updates ?? 0;
      const attacker = forkTypescript(new URL('./attackProcess.ts', import.meta.url), [
        ...[attack, server.url, String(seconds)],
      ]);
      const gone = new Promise((resolve) => attacker.once('exit', resolve));
      // Reading begins its measurement of lateness anew.
      await serverMetrics(server.url);
      const scheduled = schedulingOf(server.pid);
      const begun = performance.now();
      const measured = await watch(server.url, server.pid, gone);
      const lasted = (performance.now() - begun) / 1000;
      const now = schedulingOf(server.pid);
      const share = (key: 'computed' | 'waited') =>
        scheduled && now ? Number(((now[key] - scheduled[key]) / lasted).toFixed(3)) : -1;
      // After this, the server accepts the blocked addresses again.
      await sleep(6000);
      const lateness = await serverMetrics(server.url);
      const late = (what: string) =>
        Math.round((lateness.get(`nodejs_eventloop_lag_${what}_seconds`) ?? Number.NaN) * 1000);
      const loop = {
        p99: late('p99'),
        max: late('max'),
        computed: share('computed'),
        waited: share('waited'),
      };
      const after = (await activeRun(server.url).catch(() => undefined))?.updates ?? before;
      results.push({ attack, does, ...measured, loop, updates: after - before });
      onProgress(
        `  alive p50 ${measured.alive.p50} ms, p99 ${measured.alive.p99} ms; loop late p99 ${loop.p99} ms, max ${loop.max} ms; computed ${loop.computed}, waited for a core ${loop.waited}; ${measured.memory} MB`,
      );
    }
    return { attacks: results };
  } finally {
    await server.stop();
  }
}

async function watch(url: string, pid: number, end: Promise<unknown>) {
  const times: number[] = [];
  const agent = new http.Agent({ keepAlive: true });
  let memory = 0;
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const begun = performance.now();
    await ask(new URL('/api/health/alive', url), agent);
    times.push(performance.now() - begun);
    memory = Math.max(memory, memoryOf(pid));
    await sleep(20);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0);
  return { alive: { asked: times.length, p50: at(0.5), p99: at(0.99), max: at(1) }, memory };
}

/** Resolves when it was answered, however long that takes; a refused connection is tried again. */
async function ask(url: URL, agent: http.Agent): Promise<void> {
  for (;;) {
    const isAnswered = await new Promise<boolean>((resolve) => {
      http
        .get(url, { agent }, (response) => response.resume().on('end', () => resolve(true)))
        .on('error', () => resolve(false));
    });
    if (isAnswered) return;
    await sleep(10);
  }
}

/** Seconds that a process's main thread computed, and waited for a core, by Linux's scheduler. */
function schedulingOf(pid: number): { computed: number; waited: number } | undefined {
  try {
    const [ran = 0, delayed = 0] = readFileSync(`/proc/${pid}/schedstat`, 'latin1')
      .split(' ')
      .map((text) => Number(text) / 1e9);
    return { computed: ran, waited: delayed };
  } catch {
    return undefined;
  }
}

/** Resident megabytes of a process; 0 where the system does not say. */
function memoryOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1000);
  } catch {
    return 0;
  }
}
