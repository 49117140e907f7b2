import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Job, Worker } from 'bullmq';
import type { EngineChoice } from '../../shared/config.ts';
import { processLauncher } from '../processes/launcher.ts';
import { checkLease, leaseOf } from '../storage/leases.ts';
import { buildOf } from './build.ts';
import { type Ending, HeldTraining, type LaunchTrainer } from './held.ts';
import { PREFIX, QUEUE, readJob, type TrainingJob, type TrainingResult } from './jobs.ts';
import { OwnNode } from './nodes.ts';
import { loadPackages, type Packages } from './packages.ts';
import { openRedis } from './redis.ts';
import { SharedStorage } from './sharedStorage.ts';
import { keptStates, policyName, stateName } from './states.ts';
import { standingOf, takeLease, wishFor } from './wishes.ts';
import { within } from './within.ts';

export interface WorkerOptions {
  redis: string;
  storage: string;
  engine: EngineChoice;
  /** Trainings at once. */
  slots: number;
  /** A worker that Redis has not heard of for so long is replaced. */
  leaseSeconds: number;
  saveEverySeconds: number;
  /** Ends when there was nothing to do for so long. */
  maxIdleSeconds?: number;
  isStopped(): boolean;
  say(line: string): void;
  /** Starts what trains; another one only in tests. */
  launch?: LaunchTrainer;
}

const TRAINER = fileURLToPath(new URL('./trainer.ts', import.meta.url));
const LOOK_MS = 300;
/** A training that is given back is there for others after so long. */
const PAUSE_MS = 1000;
/** So many holders in a row that saved nothing: it is the training's fault. */
const MOST_DEATHS = 10;
/** Whoever leaves waits so long for Redis to take note. */
const GOODBYE_MS = 5000;

/**
 * Takes trainings from the queue and has them trained in processes of their own, until told to stop. This process only
 * supervises: the leases are renewed in it, and it never computes. Throws a QueueError where it cannot begin.
 */
export async function work(options: WorkerOptions): Promise<{ trained: number; failed: number }> {
  const { say, slots } = options;
  const storage = SharedStorage.open(options.storage);
  const packages = await loadPackages();
  const redis = await openRedis(packages, options.redis, say);
  try {
    const own = { build: buildOf(), storage: storage.id };
    const node = await OwnNode.join(redis.client, { role: 'worker', slots, ...own });
    const { launch = processLauncher(TRAINER, say) } = options;
    const worker = new QueueWorker({ ...options, launch }, packages, redis.client, storage, own);
    say(
      `worker on ${os.hostname()}: ${slots} at once, Redis ${redis.version} at ${redis.address.shown}`,
    );
    await worker.untilDone();
    await within(GOODBYE_MS, node.leave());
    return worker.count;
  } finally {
    redis.client.disconnect();
  }
}

class QueueWorker {
  readonly count = { trained: 0, failed: 0 };
  private readonly options: WorkerOptions & { launch: LaunchTrainer };
  private readonly packages: Packages;
  private readonly redis: InstanceType<Packages['Redis']>;
  private readonly storage: SharedStorage;
  private readonly own: { build: string; storage: string };
  private readonly worker: Worker;
  /** By the job's id. */
  private readonly held = new Map<string, HeldTraining>();
  private idleSince = performance.now();
  private isLeaving = false;

  constructor(
    options: WorkerOptions & { launch: LaunchTrainer },
    packages: Packages,
    redis: InstanceType<Packages['Redis']>,
    storage: SharedStorage,
    own: { build: string; storage: string },
  ) {
    this.options = options;
    this.packages = packages;
    this.redis = redis;
    this.storage = storage;
    this.own = own;
    // Redis counts whole milliseconds.
    const lease = Math.round(options.leaseSeconds * 1000);
    const third = Math.round(lease / 3);
    this.worker = new packages.Worker(QUEUE, (job, token) => this.process(job, token), {
      connection: redis,
      prefix: PREFIX,
      concurrency: options.slots,
      lockDuration: lease,
      lockRenewTime: third,
      stalledInterval: third,
      // Who died how often is counted by leases.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: 1000,
      drainDelay: 1,
    });
    let told = '';
    this.worker.on('error', ({ message }) => {
      // Outages are told by the connection, and a lease that is lost by the training that was held.
      const isKnown = redis.status !== 'ready' || /ECONN|closed|lock/i.test(message);
      if (!isKnown && message !== told) options.say(`warning: ${message}`);
      told = message;
    });
    this.worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) this.held.get(id)?.stop();
    });
  }

  /** Until told to stop, or idle for long; what it holds is saved and given back. */
  async untilDone(): Promise<void> {
    const { isStopped, maxIdleSeconds = Number.POSITIVE_INFINITY } = this.options;
    while (!isStopped()) {
      if (this.held.size > 0) this.idleSince = performance.now();
      if (performance.now() - this.idleSince > maxIdleSeconds * 1000) break;
      await sleep(LOOK_MS);
    }
    this.isLeaving = true;
    await this.worker.pause(true);
    for (const training of this.held.values()) training.stop();
    await Promise.all([...this.held.values()].map(({ ended }) => ended));
    // Gives back what it held; where Redis is away, the leases run out.
    await within(GOODBYE_MS, this.worker.close());
  }

  private async process(job: Job, token: string | undefined): Promise<TrainingResult> {
    const training = readJob(job.name, job.data, this.own);
    const { sweep, name } = training;
    const wanted = await wishFor(this.redis, sweep);
    if (wanted === 'stop') return { lease: 0, isStopped: true };
    if (wanted === 'pause' || this.isLeaving) return this.giveBack(job, token);
    const folder = this.storage.trainingFolder(sweep, name);
    const lease = await takeLease(this.redis, sweep, name, leaseOf(folder));
    checkLease(name, folder, lease);
    const [last = 0] = keptStates(folder);
    if (lease - last > MOST_DEATHS)
      throw new Error(`${lease - last - 1} workers in a row ended before they could save it`);
    const { say } = this.options;
    say(`${sweep} ${name}: ${last > 0 ? 'going on' : 'beginning'}, to ${training.steps} steps`);
    const held = new HeldTraining(this.options.launch, this.startOf(training, folder, lease), say);
    const id = String(job.id);
    this.held.set(id, held);
    try {
      const watching = this.watch(job, training, held, lease);
      const ending = await held.ended;
      watching.stop();
      return await this.settle(ending, job, token, training, lease);
    } finally {
      if (this.held.get(id) === held) this.held.delete(id);
      this.idleSince = performance.now();
    }
  }

  private startOf({ session, ...rest }: TrainingJob, folder: string, lease: number) {
    const { leaseSeconds: _, saveEverySeconds, engine } = this.options;
    const { steps, isLast, evalEpisodes, name, sweep } = rest;
    const init = session.init.startsWith('storage:')
      ? `${this.storage.sweepFolder(sweep)}/${session.init.slice('storage:'.length)}`
      : session.init;
    return {
      type: 'start' as const,
      training: {
        session: { ...session, init, engine, runId: sweep },
        ...{ steps, isLast, evalEpisodes },
      },
      ...{ name, folder, lease, saveEverySeconds },
    };
  }

  /** Tells how far it is, and hears what is wanted, several times a second; while Redis is away, training goes on. */
  private watch(job: Job, { sweep, name }: TrainingJob, held: HeldTraining, lease: number) {
    let isOver = false;
    let told = -1;
    const look = async () => {
      while (!isOver) {
        const { lease: newest, wanted } = await standingOf(this.redis, sweep, name);
        if (newest > lease) held.supersede();
        else if (wanted !== 'run' || this.isLeaving) held.stop();
        if (held.envSteps !== told && !isOver) {
          told = held.envSteps;
          await job.updateProgress({ envSteps: told, host: os.hostname() });
        }
        await sleep(LOOK_MS);
      }
    };
    // A job that is gone has no progress to note: that its training is over will be seen.
    const run = (): void => void look().catch(() => isOver || setTimeout(run, LOOK_MS).unref());
    run();
    return {
      stop: () => {
        isOver = true;
      },
    };
  }

  private async settle(
    ending: Ending,
    job: Job,
    token: string | undefined,
    { sweep, name, isLast }: TrainingJob,
    lease: number,
  ): Promise<TrainingResult> {
    const { say } = this.options;
    const what = `${sweep} ${name}`;
    switch (ending.how) {
      case 'done': {
        const { tested } = ending;
        say(`${what}: done after ${tested.envSteps} steps`);
        this.count.trained++;
        const policy = isLast ? { policy: policyName(lease) } : {};
        return { lease, tested, state: stateName(lease), ...policy };
      }
      case 'failed':
        say(`${what}: failed: ${ending.message}`);
        this.count.failed++;
        throw new this.packages.UnrecoverableError(ending.message);
      case 'superseded':
        say(`${what}: somebody else has taken it over`);
        // Not this worker's to move.
        throw new this.packages.DelayedError();
      case 'died':
        say(`${what}: its process ${ending.reason}`);
        return this.giveBack(job, token);
      case 'stopped': {
        say(`${what}: saved and given back`);
        const wanted = await wishFor(this.redis, sweep);
        if (wanted === 'stop') return { lease, isStopped: true };
        return this.giveBack(job, token);
      }
    }
  }

  /** Others may take it soon. */
  private async giveBack(job: Job, token: string | undefined): Promise<never> {
    await job.moveToDelayed(Date.now() + PAUSE_MS, token).catch(() => undefined);
    throw new this.packages.DelayedError();
  }
}
