import type { Redis } from 'ioredis';
import { PREFIX } from './jobs.ts';

/** What is wanted of a sweep: that its trainings go on, wait with their states saved, or end so. */
export const WISHES = ['run', 'pause', 'stop'] as const;
export type Wish = (typeof WISHES)[number];

const WISHES_KEY = `${PREFIX}:wishes`;
const LEASES_KEY = `${PREFIX}:leases`;
const keyOf = (sweep: string, name: string) => `${sweep}/${name}`;

export async function wish(redis: Redis, sweep: string, wanted: Wish): Promise<void> {
  await redis.hset(WISHES_KEY, sweep, wanted);
}

/** One that nobody wished anything for runs. */
export async function wishFor(redis: Redis, sweep: string): Promise<Wish> {
  const found = await redis.hget(WISHES_KEY, sweep);
  return WISHES.find((one) => one === found) ?? 'run';
}

/** Sweeps that somebody wished something for and that are not over. */
export async function wishedFor(redis: Redis): Promise<Record<string, Wish>> {
  return (await redis.hgetall(WISHES_KEY)) as Record<string, Wish>;
}

/** One number more than any before, even where several ask at once. */
const TAKE = `
local lease = math.max(tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0'), tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[1], ARGV[1], lease)
return lease`;

/**
 * The next lease of a training.
 * @param newest the newest that its folder knows: Redis may have lost its own
 */
export async function takeLease(
  redis: Redis,
  sweep: string,
  name: string,
  newest: number,
): Promise<number> {
  return Number(await redis.eval(TAKE, 1, LEASES_KEY, keyOf(sweep, name), newest));
}

/** The lease of whoever holds a training now, and what is wanted of its sweep. */
export async function standingOf(
  redis: Redis,
  sweep: string,
  name: string,
): Promise<{ lease: number; wanted: Wish }> {
  const [lease, wanted] = await Promise.all([
    redis.hget(LEASES_KEY, keyOf(sweep, name)),
    wishFor(redis, sweep),
  ]);
  return { lease: Number(lease ?? 0), wanted };
}

/** Nothing is left of a sweep that is over. */
export async function forget(redis: Redis, sweep: string, names: string[]): Promise<void> {
  await redis.hdel(WISHES_KEY, sweep);
  if (names.length > 0) await redis.hdel(LEASES_KEY, ...names.map((name) => keyOf(sweep, name)));
}
