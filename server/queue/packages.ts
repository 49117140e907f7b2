import { QueueError } from './queueError.ts';

/** Loads what speaks with Redis. Only here: whoever does not ask for Redis loads none of it. */
export async function loadPackages() {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { ...bullmq, Redis: ioredis.Redis };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new QueueError(
      '--redis needs the packages bullmq and ioredis, which are not installed here; accepted: npm install bullmq ioredis',
    );
  }
}

export type Packages = Awaited<ReturnType<typeof loadPackages>>;
