import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect } from '@jest/globals';
import { OwnRedis } from '../bench/queue/ownRedis.ts';
import { LOADER_ARGS } from '../processes/loader.ts';
import { readSweep, type SweepPlan } from '../sweeps/plan.ts';
import { Sweep } from '../sweeps/sweep.ts';
import { memberTrainer } from '../sweeps/trainMember.ts';
import { fakeTrainers } from './fakeTrainer.testing.ts';
import { Farm } from './farm.ts';
import { PREFIX, QUEUE } from './jobs.ts';
import { OwnNode } from './nodes.ts';
import { overview } from './overview.ts';
import { loadPackages } from './packages.ts';
import { testWithRedis } from './redis.testing.ts';
import { openRedis } from './redis.ts';
import { takeLease } from './wishes.ts';
import { type WorkerOptions, work } from './worker.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'queue-test-'));
const storage = path.join(folder, 'shared');
mkdirSync(storage);
let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
});

let common: Promise<OwnRedis> | undefined;
/** One Redis for all. */
async function redisUrl(): Promise<string> {
  common ??= OwnRedis.start();
  return (await common).url;
}

afterAll(async () => {
  await (await common)?.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits for what is to come, however busy the machine is. */
async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
}

const silent = () => undefined;

/** A worker in this process, until it is told to stop. */
function workerHere(redis: string, more: Partial<WorkerOptions> = {}) {
  let isStopped = false;
  const done = work({
    ...{ redis, storage, engine: 'wasm', slots: 2, leaseSeconds: 5, saveEverySeconds: 0 },
    ...{ isStopped: () => isStopped, say: silent },
    ...more,
  });
  const end = () => {
    isStopped = true;
    return done;
  };
  ends.push(() => end().catch(silent));
  done.catch(silent);
  return { done, end };
}

async function sweepOver(redis: string, plan: SweepPlan, out: string, isStopped = () => false) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const at = path.join(folder, out);
  const farm = await Farm.open({
    ...{ redis, storage, plan, workers: 1, out: at, title: 'test', isStopped, say },
  });
  const run = async () => {
    let isOver = false;
    try {
      const result = await new Sweep(plan, at, farm.train, say).run(farm);
      isOver = !result.interrupted;
      return result;
    } finally {
      await farm.close(isOver);
    }
  };
  const result = run();
  result.catch(silent);
  return { name: farm.sweep, lines, result };
}

const planOf = (file: object) =>
  readSweep(
    { levels: ['BabyAI-GoToRedBallNoDists-v0'], policies: ['flat'], evalEpisodes: 10, ...file },
    (id) => id,
  );
const FAKE = { steps: 900, seeds: [1, 2], settings: { goalWeight: [0.5, 0.6] } };

testWithRedis(
  'a sweep is paused, goes on, is stopped and gone on with, and leaves nothing behind',
  async () => {
    const redis = await redisUrl();
    const begun: string[] = [];
    let mayEnd = false;
    const launch = fakeTrainers(
      ({ name, lease }) => void begun.push(`${name} ${lease}`),
      () => mayEnd,
    );
    workerHere(redis, { launch });
    const first = await sweepOver(redis, planOf(FAKE), 'paused');
    await until(() => begun.length === 2);
    const sweepNow = async (wish?: 'pause' | 'run' | 'stop') => {
      const wanted = wish && { wish, sweep: first.name };
      const { sweeps } = await overview(redis, silent, wanted);
      return sweeps.find(({ name }) => name === first.name)!;
    };
    expect(await sweepNow()).toMatchObject({ wanted: 'run', isAttended: true, waiting: 2 });
    await sweepNow('pause');
    await until(async () => (await sweepNow()).active.length === 0);
    expect(begun).toHaveLength(2);
    await sweepNow('run');
    // Whoever takes it up has a lease of its own.
    await until(() => begun.some((line) => line.endsWith(' 2')));
    await sweepNow('stop');
    expect(await first.result).toMatchObject({ interrupted: true, groups: [] });
    await expect(
      overview(redis, silent, { wish: 'pause', sweep: 'no-such-sweep' }),
    ).rejects.toThrow(/no sweep "no-such-sweep" in that queue; accepted: test-/);
    mayEnd = true;
    const second = await sweepOver(redis, planOf(FAKE), 'paused');
    expect(second.name).toBe(first.name);
    const { groups, best, interrupted } = await second.result;
    expect(interrupted).toBe(false);
    expect(groups.map(({ success }) => success)).toEqual([0.015, 0.015]);
    expect(best).toMatchObject({ seed: 2, success: 0.02 });
    expect(existsSync(best!.file)).toBe(true);
    expect(readdirSync(path.join(storage, 'sweeps'))).not.toContain(first.name);
    expect((await overview(redis, silent)).sweeps).toEqual([]);
  },
);

testWithRedis('who no longer holds a training is ended, and its result refused', async () => {
  const redis = await redisUrl();
  const begun: string[] = [];
  const launch = fakeTrainers(
    ({ lease }) => void begun.push(String(lease)),
    ({ lease }) => lease > 8,
  );
  workerHere(redis, { launch });
  const sweep = await sweepOver(redis, planOf({ steps: 900 }), 'taken');
  await until(() => begun.length === 1);
  const { client } = await openRedis(await loadPackages(), redis, silent);
  expect(await takeLease(client, sweep.name, '1-seed1', 7)).toBe(8);
  // The worker lets go; its job is found without a holder and taken up again.
  const { runs } = await sweep.result;
  expect(begun.slice(0, 2)).toEqual(['1', '9']);
  expect(runs[0]).toMatchObject({ success: 0.01, envSteps: 900 });
  client.disconnect();
});

testWithRedis('a Redis that lost all that it had gets it again', async () => {
  const redis = await redisUrl();
  const begun: number[] = [];
  const launch = fakeTrainers(
    ({ lease }) => void begun.push(lease),
    () => begun.length > 1,
  );
  const sweep = await sweepOver(redis, planOf({ steps: 900 }), 'lost');
  const worker = workerHere(redis, { launch });
  await until(() => begun.length === 1);
  const { client } = await openRedis(await loadPackages(), redis, silent);
  await client.flushall();
  client.disconnect();
  expect((await sweep.result).runs[0]).toMatchObject({ success: 0.01 });
  // Numbers go on from what the storage knows.
  expect(begun).toEqual([1, 2]);
  await worker.end();
});

testWithRedis(
  'other versions, other storages and jobs of unknown kinds are refused in one sentence',
  async () => {
    const redis = await redisUrl();
    const packages = await loadPackages();
    const { client } = await openRedis(packages, redis, silent);
    const join = async (facts: { build: string; storage: string }, body: () => Promise<void>) => {
      const node = await OwnNode.join(client, { role: 'worker', slots: 1, ...facts });
      await body();
      await node.leave();
    };
    await join({ build: '0.0.1-other', storage: 'x' }, async () => {
      await expect(workerHere(redis).done).rejects.toThrow(
        /^--redis: the worker on \S+ \(process \d+\) is version 0\.0\.1-other, and this is \S+; accepted: the same/,
      );
    });
    const worker = workerHere(redis);
    const [node] = await until(async () => {
      const { nodes } = await overview(redis, silent);
      return nodes.length > 0 ? nodes : undefined;
    });
    const elsewhere = path.join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    await expect(workerHere(redis, { storage: elsewhere }).done).rejects.toThrow(
      /^--storage is not the folder that the worker on .*; accepted: one folder that all machines share/,
    );
    const queue = new packages.Queue(QUEUE, { connection: client, prefix: PREFIX });
    const put = (kind: string, data: object) => queue.add(kind, data);
    const jobs = [
      await put('juggling', { sweep: 'x' }),
      await put('training', { build: '9.9.9' }),
      await put('training', { build: node.build, storage: node.storage, sweep: '../..' }),
    ];
    const reasons = await Promise.all(
      jobs.map(({ id }) => until(async () => (await queue.getJob(id!))?.failedReason)),
    );
    expect(reasons).toEqual([
      'the job is of the kind "juggling"; accepted: training',
      expect.stringMatching(/^the job was put there by version 9\.9\.9, and the worker is/),
      expect.stringMatching(/^the job's sweep is "..\/.."; /),
    ]);
    // The worker lives on, and ends well.
    expect(await worker.end()).toEqual({ trained: 0, failed: 0 });
    await queue.close();
    client.disconnect();
  },
);

testWithRedis(
  'Redis killed and started again, and away for longer than a lease, costs no training',
  async () => {
    const redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
    let begun = 0;
    let mayEnd = false;
    const launch = fakeTrainers(
      () => void begun++,
      () => mayEnd,
    );
    const worker = workerHere(redis.url, { launch, leaseSeconds: 1 });
    const sweep = await sweepOver(redis.url, planOf(FAKE), 'away');
    await until(() => begun >= 2);
    await redis.kill();
    await redis.begin();
    process.kill(redis.pid, 'SIGSTOP');
    await sleep(1500);
    process.kill(redis.pid, 'SIGCONT');
    mayEnd = true;
    const { runs } = await sweep.result;
    expect(runs.map(({ success }) => success)).toEqual([0.01, 0.02, 0.01, 0.02]);
    await worker.end();
    await redis.end();
  },
);

testWithRedis(
  'a sweep on workers of which one is killed is that of one machine, to the bit',
  async () => {
    const redis = await redisUrl();
    const settings = { environments: [8], rolloutSteps: [8], minibatches: [1], epochs: [1] };
    const plan = planOf({ steps: 192, settings, seeds: [3] });
    const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
    const place = ['--redis', redis, '--storage', storage];
    const victim = spawn(
      process.execPath,
      [
        ...LOADER_ARGS,
        cli,
        'worker',
        ...place,
        '--engine',
        'wasm',
        '--lease',
        '2',
        '--save-every',
        '0',
      ],
      { stdio: 'ignore' },
    );
    ends.push(() => victim.kill('SIGKILL'));
    const sweep = await sweepOver(redis, plan, 'killed');
    const training = path.join(storage, 'sweeps', sweep.name, '1-seed3');
    await until(() => existsSync(path.join(training, 'state-1.safetensors')));
    victim.kill('SIGKILL');
    workerHere(redis, { leaseSeconds: 2 });
    const { runs, groups } = await sweep.result;
    const here = new Sweep(
      plan,
      path.join(folder, 'here'),
      memberTrainer(plan, { engine: 'wasm', workers: 1 }, () => false),
      silent,
    );
    const alone = await here.run();
    const withoutTimes = (all: typeof runs) =>
      all.map(({ seconds, file, ...figures }) => ({ ...figures, file: path.basename(file!) }));
    expect(runs[0].weightsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(withoutTimes(runs)).toEqual(withoutTimes(alone.runs));
    expect(groups).toEqual(alone.groups);
  },
);
