import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../policy/random.ts';
import { LOADER_ARGS } from '../../processes/loader.ts';
import { Farm } from '../../queue/farm.ts';
import { readSweep } from '../../sweeps/plan.ts';
import { Sweep } from '../../sweeps/sweep.ts';
import { memberTrainer } from '../../sweeps/trainMember.ts';
import { OwnRedis } from './ownRedis.ts';

/**
 * What happens to a queue: a worker is killed and another begins, one stands still for longer than its lease and wakes up,
 * Redis is killed and started again, Redis stands still for as long.
 */
export const QUEUE_FAULTS = ['kill', 'sleep', 'restart', 'away'] as const;
export type QueueFault = (typeof QUEUE_FAULTS)[number];

export interface DisturbedOptions {
  faults: number;
  kinds?: readonly QueueFault[];
  workers: number;
  seed: number;
  say: (line: string) => void;
}

const LEASE = 4;
const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));

/** Two configurations of two seeds, of which one configuration goes on: six trainings. */
const PLAN = readSweep(
  {
    levels: ['BabyAI-GoToRedBallNoDists-v0'],
    policies: ['flat'],
    seeds: [1, 2],
    settings: {
      ...{ environments: [8], rolloutSteps: [8], minibatches: [1], epochs: [1] },
      learningRate: [0.001, 0.0003],
    },
    steps: 768,
    halving: { firstSteps: 384, factor: 2 },
    evalEpisodes: 20,
  },
  (id) => id,
);

/** A worker as a process group, so that it can stand still with the process that trains for it. */
class WorkerProcess {
  private readonly child: ChildProcess;

  constructor(redis: string, storage: string) {
    this.child = spawn(
      process.execPath,
      [
        ...[...LOADER_ARGS, CLI, 'worker', '--redis', redis, '--storage', storage],
        ...['--engine', 'wasm', '--lease', String(LEASE), '--save-every', '0'],
      ],
      { stdio: 'ignore', detached: true },
    );
  }

  /** To it and its trainer. */
  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, name);
    } catch {
      // It ended by itself a moment ago.
    }
  }

  /** To it alone: its trainer finds itself without a worker. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

type Table = Awaited<ReturnType<Sweep['run']>>;

/** What must be the same however often it was disturbed. */
const bitsOf = ({ runs, groups }: Table) =>
  JSON.stringify({
    groups,
    runs: runs.map(({ seconds, file, ...run }) => ({ ...run, isKept: file !== undefined })),
  });

/**
 * Trains the same sweep again and again on workers while faults happen, until there were enough, and compares each table,
 * hashes of weights included, with that of an undisturbed one on this machine.
 */
export async function disturbedQueue({
  faults,
  kinds = QUEUE_FAULTS,
  workers: count,
  seed,
  say,
}: DisturbedOptions) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'disturbed-queue-'));
  const storage = path.join(folder, 'shared');
  mkdirSync(storage);
  const silent = () => undefined;
  const alone = new Sweep(
    PLAN,
    path.join(folder, 'alone'),
    memberTrainer(PLAN, { engine: 'wasm', workers: 1 }, () => false),
    silent,
  );
  const expected = bitsOf(await alone.run());
  say('undisturbed: done');
  const redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
  const begin = () => new WorkerProcess(redis.url, storage);
  const workers = Array.from({ length: count }, begin);
  const random = new Random(seed, 0);
  const done: Record<string, number> = {};
  const problems: string[] = [];
  let sweeps = 0;
  let trainings = 0;

  const disturb = async () => {
    const kind = kinds[Math.floor(random.uniform() * kinds.length)];
    const who = Math.floor(random.uniform() * count);
    say(`fault: ${kind}`);
    if (kind === 'kill') {
      workers[who].kill();
      workers[who] = begin();
    } else if (kind === 'sleep') {
      workers[who].signal('SIGSTOP');
      await sleep(LEASE * 2500);
      workers[who].signal('SIGCONT');
    } else if (kind === 'restart') {
      await redis.kill();
      await sleep(random.uniform() * 2000);
      await redis.begin();
    } else {
      process.kill(redis.pid, 'SIGSTOP');
      await sleep(LEASE * 1500);
      process.kill(redis.pid, 'SIGCONT');
    }
    done[kind] = (done[kind] ?? 0) + 1;
  };
  const total = () => Object.values(done).reduce((sum, one) => sum + one, 0);

  try {
    while (total() < faults) {
      const out = path.join(folder, `sweep-${++sweeps}`);
      // Whoever begins needs Redis; from then on it may be away.
      const farm = await Farm.open({
        ...{ redis: redis.url, storage, plan: PLAN, workers: 1, out, title: 'disturbed', say },
        isStopped: () => false,
      });
      let isOver = false;
      const disturbing = (async () => {
        while (!isOver && total() < faults) {
          await sleep(1000 + random.uniform() * 5000);
          if (!isOver) await disturb();
        }
      })();
      const result = await new Sweep(PLAN, out, farm.train, silent).run(farm);
      isOver = true;
      await disturbing;
      await farm.close(true);
      trainings += result.runs.length;
      const failed = result.runs.filter(
        ({ stopped }) => stopped && stopped !== 'others did better',
      );
      for (const run of failed) problems.push(`sweep ${sweeps}: ${run.name}: ${run.stopped}`);
      if (bitsOf(result) !== expected)
        problems.push(`sweep ${sweeps}: its table is not that of an undisturbed one`);
      say(`sweep ${sweeps}: ${problems.length === 0 ? 'as it should be' : problems.at(-1)}`);
    }
  } finally {
    for (const worker of workers) {
      worker.signal('SIGCONT');
      worker.signal('SIGKILL');
    }
    await redis.end();
    await sleep(500);
    rmSync(folder, { recursive: true, force: true });
  }
  return { faults: done, sweeps, trainings, problems, seed };
}
