import { availableParallelism } from 'node:os';
import type { Replay } from '../../../shared/replay.ts';
import { parameterCount } from '../../policy/parameters.ts';
import { addedTasks } from '../../tasks/index.ts';
import { MEASURED } from '../ppo/updateStats.ts';
import { createCollectiveMemory } from './collective.ts';
import { Pace } from './pace.ts';
import { ThreadGroup } from './threadGroup.ts';
import type { WorkerCommands, WorkerStart } from './workerProtocol.ts';

/** How many of a worker's test episodes are over. */
export interface Tested {
  tested: number;
}

/** The equal workers of one run. The events of their commands are episodes to be shown, and how far a test is. */
export class WorkerGroup extends ThreadGroup<WorkerCommands, Replay | Tested> {
  /** Of all its workers. */
  readonly pace: Pace;

  private constructor(size: number, pace: Pace) {
    super(size);
    this.pace = pace;
  }

  /**
   * Starts the workers. `startOf(rank)` says what each begins with; the rest is filled in here.
   * Rejects with the first worker's error when one cannot start.
   */
  static async start(
    size: number,
    startOf: (rank: number) => Omit<WorkerStart, 'memory' | 'rank' | 'tasks'>,
  ): Promise<WorkerGroup> {
    const first = startOf(0);
    const memory = createCollectiveMemory(size, parameterCount(first.config) + MEASURED);
    const group = new WorkerGroup(size, new Pace(memory.pace));
    const starts = Array.from(
      { length: size },
      (_, rank): WorkerStart => ({ ...startOf(rank), rank, memory, tasks: addedTasks }),
    );
    await group.begin(new URL('./worker.ts', import.meta.url), starts);
    return group;
  }
}

/** Workers to use by default: one per core, at most four. More only help big batches. */
export function defaultWorkers(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

/** This rank's part of a total; the first ranks take the remainder. */
export function worldsOf(total: number, size: number, rank: number): number {
  return Math.floor(total / size) + (rank < total % size ? 1 : 0);
}
