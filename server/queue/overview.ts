import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { PREFIX, QUEUE, type TrainingProgress } from './jobs.ts';
import { type NodeFacts, nodesOf } from './nodes.ts';
import { loadPackages } from './packages.ts';
import { QueueError } from './queueError.ts';
import { openRedis } from './redis.ts';
import { type Wish, wish, wishedFor } from './wishes.ts';

/** A sweep in a queue. */
export interface SweepFacts {
  name: string;
  wanted: Wish;
  /** Whether the command that began it is there to take its results. */
  isAttended: boolean;
  waiting: number;
  active: { name: string; steps: number; envSteps: number; host: string }[];
  /** Done, and not fetched yet. */
  done: number;
}

export interface Overview {
  nodes: NodeFacts[];
  sweeps: SweepFacts[];
}

/**
 * Who works on a queue and what is in it.
 * @param wanted what a sweep is to do from now on. Throws a QueueError where there is none of that name
 */
export async function overview(
  redis: string,
  say: (line: string) => void,
  wanted?: { sweep: string; wish: Wish },
): Promise<Overview> {
  const packages = await loadPackages();
  const { client } = await openRedis(packages, redis, say);
  const queue = new packages.Queue(QUEUE, { connection: client, prefix: PREFIX });
  queue.on('error', () => undefined);
  try {
    const before = await sweepsOf(client, queue);
    if (!wanted) return before;
    if (!before.sweeps.some(({ name }) => name === wanted.sweep)) {
      const names = before.sweeps.map(({ name }) => name).join(', ');
      throw new QueueError(
        `there is no sweep ${JSON.stringify(wanted.sweep)} in that queue; accepted: ${names || 'none, as there is no sweep'}`,
      );
    }
    await wish(client, wanted.sweep, wanted.wish);
    return await sweepsOf(client, queue);
  } finally {
    await queue.close();
    client.disconnect();
  }
}

async function sweepsOf(client: Redis, queue: Queue): Promise<Overview> {
  const [nodes, wishes, active, waiting, done] = await Promise.all([
    nodesOf(client),
    wishedFor(client),
    queue.getJobs(['active']),
    queue.getJobs(['waiting', 'delayed']),
    queue.getJobs(['completed', 'failed']),
  ]);
  const sweeps = new Map<string, SweepFacts>();
  const of = (name: string) => {
    const found: SweepFacts = sweeps.get(name) ?? {
      ...{ name, wanted: wishes[name] ?? 'run', waiting: 0, active: [], done: 0 },
      isAttended: nodes.some(({ sweep }) => sweep === name),
    };
    sweeps.set(name, found);
    return found;
  };
  for (const name of Object.keys(wishes)) of(name);
  for (const { data } of waiting) of(data.sweep).waiting++;
  for (const { data } of done) of(data.sweep).done++;
  for (const { data, progress } of active) {
    const { envSteps = 0, host = '' } = progress as Partial<TrainingProgress>;
    of(data.sweep).active.push({ name: data.name, steps: data.steps, envSteps, host });
  }
  return { nodes, sweeps: [...sweeps.values()] };
}
