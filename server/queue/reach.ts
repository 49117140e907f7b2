import { randomUUID } from 'node:crypto';
import os from 'node:os';
import type { Redis } from 'ioredis';
import { buildOf } from './build.ts';
import { PREFIX } from './jobs.ts';
import { clockOf, nodesOf } from './nodes.ts';
import { loadPackages } from './packages.ts';
import { openRedis } from './redis.ts';
import { SharedStorage } from './sharedStorage.ts';

/** What was looked at, and what was found. */
export interface Finding {
  what: 'redis' | 'rights' | 'persistence' | 'clock' | 'storage' | 'machines';
  ok: boolean;
  found: string;
}

/** Jobs that are given back wait by the clock of whoever gives them back. */
const CLOCK_SECONDS = 5;
const PINGS = 5;

/** Whether a queue and a storage can be used from this machine. Asks Redis for nothing that stays there. */
export async function reach(redis?: string, storage?: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const look = async (what: Finding['what'], by: () => string | Promise<string>) => {
    try {
      findings.push({ what, ok: true, found: await by() });
    } catch (error) {
      findings.push({ what, ok: false, found: (error as Error).message });
    }
  };
  let id: string | undefined;
  if (storage !== undefined)
    await look('storage', () => {
      const { folder, id: own } = SharedStorage.open(storage);
      id = own;
      return `${folder} can be written`;
    });
  if (redis === undefined) return findings;
  let client: Redis | undefined;
  await look('redis', async () => {
    const open = await openRedis(await loadPackages(), redis, () => undefined);
    client = open.client;
    return `Redis ${open.version} at ${open.address.shown} answers after ${await answerMs(client)} ms`;
  });
  const opened = client;
  if (!opened) return findings;
  await look('rights', () => rights(opened));
  await look('persistence', () => persistence(opened));
  await look('clock', () => clock(opened));
  await look('machines', () => machines(opened, id));
  opened.disconnect();
  return findings;
}

async function answerMs(client: Redis): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < PINGS; i++) await client.ping();
  return Math.round(((performance.now() - begun) / PINGS) * 10) / 10;
}

/** A user of Redis may be allowed less than is needed: to write, and to run scripts. */
async function rights(client: Redis): Promise<string> {
  const key = `${PREFIX}:probe:${randomUUID()}`;
  try {
    const script = "redis.call('SET', KEYS[1], 'x', 'PX', 1000) return redis.call('GET', KEYS[1])";
    await client.eval(script, 1, key);
    await client.del(key);
  } catch (error) {
    throw new Error(
      `${(error as Error).message}; accepted: a user who may run scripts, and read and write the keys ${PREFIX}:*`,
    );
  }
  return 'scripts and keys may be written';
}

async function persistence(client: Redis): Promise<string> {
  const info = await client.info('persistence');
  if (!/^aof_enabled:1/m.test(info))
    throw new Error(
      'Redis keeps nothing when it is restarted: a sweep whose command runs puts its trainings there again, any other is lost; accepted: appendonly yes',
    );
  return 'what is queued outlives a restart of Redis';
}

async function clock(client: Redis): Promise<string> {
  const before = Date.now();
  const there = await clockOf(client);
  const off = (there - (before + Date.now()) / 2) / 1000;
  if (Math.abs(off) > CLOCK_SECONDS)
    throw new Error(
      `the clock of Redis is ${Math.abs(off).toFixed(0)} s ${off > 0 ? 'ahead of' : 'behind'} this one; accepted: at most ${CLOCK_SECONDS} s, as with NTP`,
    );
  return `${Math.abs(off).toFixed(2)} s from that of Redis`;
}

async function machines(client: Redis, storage: string | undefined): Promise<string> {
  const nodes = await nodesOf(client);
  const build = buildOf();
  for (const node of nodes) {
    const who = `the ${node.role} on ${node.host}`;
    if (node.build !== build)
      throw new Error(
        `${who} is version ${node.build}, and this is ${build}; accepted: the same version on all machines`,
      );
    if (storage !== undefined && node.storage !== storage)
      throw new Error(`${who} has another storage; accepted: one folder that all machines share`);
  }
  const workers = nodes.filter(({ role }) => role === 'worker');
  const hosts = [...new Set(workers.map(({ host }) => host))];
  return `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}${hosts.length > 0 ? ` on ${hosts.join(', ')}` : ''}; this is ${os.hostname()}, version ${build}`;
}
