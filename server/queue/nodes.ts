import { randomUUID } from 'node:crypto';
import os from 'node:os';
import type { Redis } from 'ioredis';
import { PREFIX } from './jobs.ts';
import { QueueError } from './queueError.ts';

/** What a process tells the others of itself. */
export interface NodeFacts {
  role: 'worker' | 'sweep';
  host: string;
  pid: number;
  build: string;
  /** Of its storage. */
  storage: string;
  /** Trainings that it does at once; 0 for a sweep. */
  slots: number;
  /** Of a sweep: its name in the queue. */
  sweep?: string;
}

const KEY = `${PREFIX}:nodes`;
const BEAT_MS = 2000;
/** One that has not told of itself for so long is gone. */
const GONE_MS = 15_000;

/** Redis's own clock, in milliseconds: clocks of machines differ. */
export async function clockOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = (await redis.time()).map(Number);
  return seconds * 1000 + microseconds / 1000;
}

/** All processes that are there now. */
export async function nodesOf(redis: Redis): Promise<NodeFacts[]> {
  const [all, now] = await Promise.all([redis.hgetall(KEY), clockOf(redis)]);
  const found: NodeFacts[] = [];
  for (const [id, text] of Object.entries(all)) {
    const { at, ...facts } = JSON.parse(text) as NodeFacts & { at: number };
    if (now - at < GONE_MS) found.push(facts);
    else await redis.hdel(KEY, id);
  }
  return found;
}

/** This process among the others, until it leaves. */
export class OwnNode {
  private readonly redis: Redis;
  private readonly id = randomUUID();
  private readonly facts: NodeFacts;
  private timer: NodeJS.Timeout | undefined;

  private constructor(redis: Redis, facts: NodeFacts) {
    this.redis = redis;
    this.facts = facts;
  }

  /** Throws a QueueError where those that are there are of another version, or have another storage. */
  static async join(redis: Redis, more: Omit<NodeFacts, 'host' | 'pid'>): Promise<OwnNode> {
    const facts = { ...more, host: os.hostname(), pid: process.pid };
    for (const other of await nodesOf(redis)) {
      const who = `the ${other.role} on ${other.host} (process ${other.pid})`;
      if (other.build !== facts.build)
        throw new QueueError(
          `--redis: ${who} is version ${other.build}, and this is ${facts.build}; accepted: the same version on all machines, as others compute other bits`,
        );
      if (other.storage !== facts.storage)
        throw new QueueError(
          `--storage is not the folder that ${who} has, though it may have its name; accepted: one folder that all machines share`,
        );
    }
    const node = new OwnNode(redis, facts);
    await node.beat();
    // While Redis is away nothing is sent: the beats would all wait for it.
    node.timer = setInterval(() => {
      if (redis.status === 'ready') void node.beat().catch(() => undefined);
    }, BEAT_MS);
    node.timer.unref();
    return node;
  }

  async leave(): Promise<void> {
    clearInterval(this.timer);
    await this.redis.hdel(KEY, this.id);
  }

  private async beat(): Promise<void> {
    const at = await clockOf(this.redis);
    await this.redis.hset(KEY, this.id, JSON.stringify({ ...this.facts, at }));
  }
}
