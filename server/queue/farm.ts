import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Crew, MemberTask, Tested } from '../sweeps/member.ts';
import { SweepError, type SweepPlan } from '../sweeps/plan.ts';
import { buildOf } from './build.ts';
import {
  PREFIX,
  QUEUE,
  type TrainingJob,
  type TrainingProgress,
  type TrainingResult,
} from './jobs.ts';
import { nodesOf, OwnNode } from './nodes.ts';
import { loadPackages } from './packages.ts';
import { jobOf } from './putting.ts';
import { openRedis } from './redis.ts';
import { SharedStorage } from './sharedStorage.ts';
import { copyWhole, nameOfSweep } from './sweepFolder.ts';
import { forget, standingOf, wish, wishFor } from './wishes.ts';
import { within } from './within.ts';

export interface FarmOptions {
  redis: string;
  storage: string;
  plan: SweepPlan;
  /** Threads of each training. */
  workers: number;
  /** The sweep's own folder. */
  out: string;
  /** What the sweep is called by; its name in the queue begins so. */
  title: string;
  isStopped(): boolean;
  say(line: string): void;
}

interface Parts {
  redis: Redis;
  queue: Queue;
  storage: SharedStorage;
  node: OwnNode;
  build: string;
}

/** What is known of a training: how it ended, or nothing yet. */
interface Answer {
  tested?: Tested;
  failed?: string;
}

const LOOK_MS = 300;
const CREW_MS = 2000;
const TELL_MS = 10_000;
/** Whoever ends waits so long for workers that save, and for Redis. */
const FAREWELL_MS = 70_000;
const GOODBYE_MS = 3000;
/** Results that nobody fetched are kept for a week. */
const KEEP = { age: 7 * 86_400 };

/** Trains the members of a sweep on the workers of a queue, wherever they are. */
export class Farm implements Crew {
  /** The sweep's name in the queue. */
  readonly sweep: string;
  private readonly options: FarmOptions;
  private readonly redis: Redis;
  private readonly queue: Queue;
  private readonly storage: SharedStorage;
  private readonly node: OwnNode;
  private readonly build: string;
  private readonly timers: NodeJS.Timeout[];
  private readonly progress = new Map<string, string>();
  private readonly names = new Set<string>();
  private workers = 0;
  private told = '';
  private stopping: Promise<void> | undefined;

  private constructor(
    options: FarmOptions,
    sweep: string,
    { redis, queue, storage, node, build }: Parts,
  ) {
    this.options = options;
    this.sweep = sweep;
    this.redis = redis;
    this.queue = queue;
    this.storage = storage;
    this.node = node;
    this.build = build;
    this.timers = [
      setInterval(() => void this.look(), CREW_MS),
      setInterval(() => this.tell(), TELL_MS),
    ];
  }

  /** Throws a QueueError where queue or storage cannot be used, and a SweepError where the sweep cannot go on there. */
  static async open(options: FarmOptions): Promise<Farm> {
    const storage = SharedStorage.open(options.storage);
    const packages = await loadPackages();
    const { client } = await openRedis(packages, options.redis, options.say);
    try {
      const sweep = nameOfSweep(options.out, options.title, storage.id);
      const build = buildOf();
      const node = await OwnNode.join(client, {
        ...{ role: 'sweep', slots: 0, build, storage: storage.id, sweep },
      });
      const queue = new packages.Queue(QUEUE, { connection: client, prefix: PREFIX });
      queue.on('error', () => undefined);
      await wish(client, sweep, 'run');
      mkdirSync(storage.sweepFolder(sweep), { recursive: true });
      const farm = new Farm(options, sweep, { redis: client, queue, storage, node, build });
      await farm.look();
      return farm;
    } catch (error) {
      client.disconnect();
      throw error;
    }
  }

  /** Enough for all workers, and some that wait; the rest is for other sweeps. */
  atOnce(): number {
    return Math.max(4, 2 * this.workers);
  }

  slots(): number {
    return Math.max(1, this.workers);
  }

  /** Trains a member up to a rung and tests it; undefined where the sweep was stopped. */
  readonly train = async (task: MemberTask): Promise<Tested | undefined> => {
    const id = `${this.sweep}_${task.name}_${task.steps}`;
    this.names.add(task.name);
    let asked: Promise<Answer> | undefined;
    try {
      for (;;) {
        if (this.options.isStopped()) this.stop();
        if (this.stopping) return await this.withdrawn(id, task);
        asked ??= this.asked(id, task);
        const answer = await Promise.race([asked, sleep(LOOK_MS)]);
        if (answer === undefined) continue;
        asked = undefined;
        if (answer.failed !== undefined) throw new Error(answer.failed);
        if (answer.tested) return answer.tested;
        await sleep(LOOK_MS);
      }
    } finally {
      this.progress.delete(task.name);
    }
  };

  /**
   * Leaves the queue.
   * @param isOver nothing is to be gone on with: states in the storage are removed
   */
  async close(isOver: boolean): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    if (isOver) {
      rmSync(this.storage.sweepFolder(this.sweep), { recursive: true, force: true });
      await within(GOODBYE_MS, forget(this.redis, this.sweep, [...this.names]));
    }
    await within(GOODBYE_MS, this.node.leave());
    await within(GOODBYE_MS, this.queue.close());
    this.redis.disconnect();
  }

  /** What Redis cannot do now, it may do later; while it is away this waits. */
  private async asked(id: string, task: MemberTask): Promise<Answer> {
    try {
      return await this.ask(id, task);
    } catch (error) {
      if (error instanceof SweepError) throw error;
      const line = `trying again: ${(error as Error).message}`;
      if (line !== this.told) this.options.say(line);
      this.told = line;
      return {};
    }
  }

  /** Puts a training there where it is not, and looks whether it is over. */
  private async ask(id: string, task: MemberTask): Promise<Answer> {
    const job: Job<TrainingJob, TrainingResult> | undefined = await this.queue.getJob(id);
    // It may have been there, in a Redis that lost what it had.
    if (!job) {
      await this.queue.add(
        'training',
        jobOf(task, this.options, { build: this.build, storage: this.storage, sweep: this.sweep }),
        {
          ...{ jobId: id, removeOnComplete: KEEP, removeOnFail: KEEP },
        },
      );
      return {};
    }
    if (job.data.build !== this.build) {
      // Of a sweep that was begun with another version. Whoever holds it is refused when it is done.
      await job.remove().catch(() => undefined);
      return {};
    }
    if (job.finishedOn === undefined) {
      const { envSteps, host } = job.progress as Partial<TrainingProgress>;
      if (envSteps !== undefined)
        this.progress.set(task.name, `${task.name} ${envSteps} of ${task.steps} steps on ${host}`);
      return {};
    }
    if (job.failedReason) {
      await job.remove();
      return { failed: job.failedReason };
    }
    return { tested: await this.taken(job, task) };
  }

  /** The result of a job that is done; undefined where it does not count. */
  private async taken(
    job: Job<TrainingJob, TrainingResult>,
    task: MemberTask,
  ): Promise<Tested | undefined> {
    const result = job.returnvalue;
    if ('isStopped' in result) {
      // By somebody else.
      if ((await wishFor(this.redis, this.sweep)) === 'stop') this.stop();
      if (!this.stopping) await job.remove();
      return undefined;
    }
    const { lease } = await standingOf(this.redis, this.sweep, task.name);
    if (lease > result.lease) {
      this.options.say(`${task.name}: a result of somebody who no longer holds it is refused`);
      await job.remove();
      return undefined;
    }
    const folder = this.storage.trainingFolder(this.sweep, task.name);
    if (result.policy !== undefined) {
      copyWhole(path.join(folder, result.policy), task.files.policy);
      copyWhole(path.join(folder, result.state), task.files.run);
    }
    // Once only: were this lost, the job would be asked for again and be done.
    await job.remove().catch(() => undefined);
    return result.tested;
  }

  /** Lets the workers save and let go. */
  private stop(): void {
    this.stopping ??= wish(this.redis, this.sweep, 'stop').catch(() => undefined);
  }

  /** Takes a training out of the queue; what was done already counts. */
  private async withdrawn(id: string, task: MemberTask): Promise<Tested | undefined> {
    const end = performance.now() + FAREWELL_MS;
    await within(GOODBYE_MS, this.stopping!);
    while (performance.now() < end && this.redis.status === 'ready') {
      const look = async () => {
        const job: Job<TrainingJob, TrainingResult> | undefined = await this.queue.getJob(id);
        if (!job) return { tested: undefined };
        if (job.finishedOn === undefined) {
          // A worker that holds it keeps it from being removed.
          return job.remove().then(
            () => ({ tested: undefined }),
            () => undefined,
          );
        }
        const taken = job.failedReason ? undefined : await this.taken(job, task);
        if (!taken) await job.remove().catch(() => undefined);
        return { tested: taken };
      };
      const answer = await within(GOODBYE_MS, look());
      if (answer) return answer.tested;
      await sleep(LOOK_MS);
    }
    return undefined;
  }

  private async look(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    const nodes = await nodesOf(this.redis).catch(() => undefined);
    if (!nodes) return;
    this.workers = nodes.reduce((sum, { slots }) => sum + slots, 0);
  }

  private tell(): void {
    const { say } = this.options;
    const line =
      this.workers === 0
        ? 'no worker is there; start some: worker --redis … --storage …'
        : [...this.progress.values()].join(', ');
    if (line !== this.told && line !== '') say(line);
    this.told = line;
  }
}
