import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { Replay } from '../../../shared/replay.ts';
import { parameterCount } from '../../policy/parameters.ts';
import { LOSS_STATS } from '../ppo/lossTypes.ts';
import { createCollectiveMemory } from './collective.ts';
import { typescriptWorker } from './threads.ts';
import type {
  FromWorker,
  ToWorker,
  WorkerCommand,
  WorkerCommands,
  WorkerStart,
} from './workerProtocol.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onEpisode?(replay: Replay): void;
}

/** The equal workers of one run; every command goes to all of them, who meet in their collective sums. */
export class WorkerGroup {
  readonly size: number;
  /** What computes, as the first worker reported it. */
  engine = { engine: '', description: '' };
  private readonly workers: Worker[] = [];
  private readonly waiting: Map<number, Waiting>[] = [];
  private nextId = 1;
  private failure: Error | undefined;

  private constructor(size: number) {
    this.size = size;
  }

  /**
   * Starts the workers. `startOf(rank)` says what each begins with; `memory` is filled in here.
   * Rejects with the first worker's error when one cannot start.
   */
  static async start(
    size: number,
    startOf: (rank: number) => Omit<WorkerStart, 'memory' | 'rank'>,
  ): Promise<WorkerGroup> {
    const group = new WorkerGroup(size);
    const first = startOf(0);
    const memory = createCollectiveMemory(size, parameterCount(first.config) + LOSS_STATS.length);
    const ready = Array.from({ length: size }, (_, rank) => {
      const start: WorkerStart = { ...startOf(rank), rank, memory };
      return group.add(rank, start);
    });
    try {
      const [answer] = await Promise.all(ready);
      group.engine = answer as typeof group.engine;
    } catch (error) {
      await group.dispose();
      throw error;
    }
    return group;
  }

  private add(rank: number, start: WorkerStart): Promise<unknown> {
    const worker = typescriptWorker(new URL('./worker.ts', import.meta.url), { workerData: start });
    const waiting = new Map<number, Waiting>();
    this.workers[rank] = worker;
    this.waiting[rank] = waiting;
    worker.on('message', (message: FromWorker) => {
      const who = waiting.get(message.id);
      if ('episode' in message) {
        who?.onEpisode?.(message.episode);
        return;
      }
      waiting.delete(message.id);
      if ('error' in message)
        who?.reject(Object.assign(new Error(message.error), { stack: message.stack }));
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
   * @param onEpisode told of episodes to be shown while it runs
   */
  all<C extends WorkerCommand>(
    command: C,
    payloadOf: (rank: number) => WorkerCommands[C]['payload'],
    onEpisode?: (rank: number, replay: Replay) => void,
  ): Promise<WorkerCommands[C]['reply'][]> {
    return Promise.all(
      this.workers.map((_, rank) =>
        this.send(rank, command, payloadOf(rank), (replay) => onEpisode?.(rank, replay)),
      ),
    );
  }

  private send<C extends WorkerCommand>(
    rank: number,
    command: C,
    payload: WorkerCommands[C]['payload'],
    onEpisode: (replay: Replay) => void,
  ): Promise<WorkerCommands[C]['reply']> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting[rank].set(id, {
        resolve: resolve as (value: unknown) => void,
        reject,
        onEpisode,
      });
      this.workers[rank].postMessage({ id, command, payload } as ToWorker);
    });
  }

  async dispose(): Promise<void> {
    this.failure ??= new Error('the training workers have been stopped');
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

/** Workers to use when nobody said: two, or as many as there are cores to give. More only help big batches. */
export function defaultWorkers(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

/** This rank's part of a whole shared out evenly, the first ranks taking what is left over. */
export function worldsOf(total: number, size: number, rank: number): number {
  return Math.floor(total / size) + (rank < total % size ? 1 : 0);
}
