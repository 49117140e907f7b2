import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { activeRun, forkTypescript, startOwnServer, untilTraining } from '../ownServer.ts';
import { ATTACKS } from './attackers.ts';

export interface AttackOptions {
  seconds: number;
  attacks: readonly string[];
  onProgress: (text: string) => void;
}

export interface AttackResult {
  attack: string;
  does: string;
  /** Of `GET /api/health/alive` while it goes on, in milliseconds. */
  alive: { asked: number; p50: number; p99: number; max: number };
  /** Most of the web process, in MB. */
  memory: number;
  updates: number;
}

/** One attack after another on a server of its own that trains: how quickly it still says that it is alive. */
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
      const measured = await watch(server.url, server.pid, gone);
      // Addresses that were put off are welcome again after this.
      await sleep(6000);
      const after = (await activeRun(server.url).catch(() => undefined))?.updates ?? before;
      results.push({ attack, does, ...measured, updates: after - before });
      onProgress(
        `  alive p50 ${measured.alive.p50} ms, p99 ${measured.alive.p99} ms, ${measured.memory} MB`,
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

/** Resident megabytes of a process; 0 where the system does not say. */
function memoryOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1000);
  } catch {
    return 0;
  }
}
