import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';

/** Gives all threads the same task at the same time; resolves with their answers, in order. */
export function askAll<Answer>(threads: readonly Worker[], task: unknown): Promise<Answer[]> {
  return Promise.all(
    threads.map(async (thread) => {
      const answer = once(thread, 'message');
      thread.postMessage(task);
      return ((await answer) as [Answer])[0];
    }),
  );
}
