import type { Worker } from 'node:worker_threads';
import { typescriptWorker } from './threads.ts';

/** Commands of a group of threads by name, with what they take and give back. */
export type CommandTable = Record<string, { payload: unknown; reply: unknown }>;

/** What a thread is told: command `id`, answered under the same number. */
export type ToThread<C extends CommandTable> = {
  [K in keyof C]: { id: number; command: K; payload: C[K]['payload'] };
}[keyof C];

/** What a thread answers. An event comes while its command goes on; id 0 answers the start. */
export type FromThread<Event> =
  | { id: number; event: Event }
  | { id: number; reply: unknown }
  | { id: number; error: string; name?: string; stack?: string };

/** What computes in a thread, as it says when it has started. */
export interface ThreadEngine {
  engine: string;
  description: string;
}

interface Waiting<Event> {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onEvent?(event: Event): void;
}

/** Equal worker threads; every command goes to all of them, who may meet in collective sums. */
export class ThreadGroup<C extends CommandTable, Event = never> {
  readonly size: number;
  /** What computes, as the first worker reported it. */
  engine: ThreadEngine = { engine: '', description: '' };
  private readonly workers: Worker[] = [];
  private readonly waiting: Map<number, Waiting<Event>>[] = [];
  private nextId = 1;
  private failure: Error | undefined;

  protected constructor(size: number) {
    this.size = size;
  }

  /** Starts a thread of `module` for each of `starts`. Rejects with the first one's error when one cannot start. */
  protected async begin(module: URL, starts: readonly unknown[]): Promise<void> {
    try {
      const [answer] = await Promise.all(
        starts.map((start, rank) => this.add(module, rank, start)),
      );
      this.engine = answer as ThreadEngine;
    } catch (error) {
      await this.dispose();
      throw error;
    }
  }

  private add(module: URL, rank: number, start: unknown): Promise<unknown> {
    const worker = typescriptWorker(module, { workerData: start });
    const waiting = new Map<number, Waiting<Event>>();
    this.workers[rank] = worker;
    this.waiting[rank] = waiting;
    worker.on('message', (message: FromThread<Event>) => {
      const who = waiting.get(message.id);
      if ('event' in message) {
        who?.onEvent?.(message.event);
        return;
      }
      waiting.delete(message.id);
      if ('error' in message)
        who?.reject(
          Object.assign(new Error(message.error), { name: message.name, stack: message.stack }),
        );
      else who?.resolve(message.reply);
    });
    const fail = (error: Error) => {
      this.failure ??= error;
      for (const others of this.waiting) {
        for (const who of others.values()) who.reject(error);
        others.clear();
      }
    };
    worker.on('error', (error) => fail(error as Error));
    worker.on('exit', (code) => fail(new Error(`a training worker ended with code ${code}`)));
    return new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  }

  /**
   * Runs a command on every worker; answers in the order of ranks.
   * @param onEvent told of what happens while it runs
   */
  all<K extends keyof C>(
    command: K,
    payloadOf: (rank: number) => C[K]['payload'],
    onEvent?: (rank: number, event: Event) => void,
  ): Promise<C[K]['reply'][]> {
    return Promise.all(
      this.workers.map((_, rank) =>
        this.send(rank, command, payloadOf(rank), (event) => onEvent?.(rank, event)),
      ),
    );
  }

  private send<K extends keyof C>(
    rank: number,
    command: K,
    payload: C[K]['payload'],
    onEvent: (event: Event) => void,
  ): Promise<C[K]['reply']> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting[rank].set(id, { resolve, reject, onEvent });
      this.workers[rank].postMessage({ id, command, payload } as ToThread<C>);
    });
  }

  async dispose(): Promise<void> {
    this.failure ??= new Error('the training workers have been stopped');
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
