import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { EngineName } from '../../shared/config.ts';
import { type CollectiveMemory, createCollectiveMemory } from '../learning/workers/collective.ts';
import { typescriptWorker } from '../learning/workers/threads.ts';
import { askAll } from './askAll.ts';
import { medians, type NetworkLoad, type Rates, timesOf } from './kernelRates.ts';

/** What a worker is started with; it answers the number of its weights first. */
export interface KernelWorkerStart extends NetworkLoad {
  engine: EngineName;
  native: boolean;
  rank: number;
  memory: CollectiveMemory;
}

/** Asks for some passes; the answer is null. */
export interface KernelWorkerTask {
  kind: 'forward' | 'train';
  passes: number;
}

export interface Scaling {
  workers: number;
  /** Of all workers together, by the clock. */
  rates: Rates;
  /** Multiples of what one of them does alone, medians of the same rounds. */
  timesOne: Rates;
}

/**
 * Speed of `workers` threads that each work on a batch of their own and, when training, add up their gradients in the
 * order of ranks after every step, as a run's workers do. One worker alone is measured in the same rounds, in turn.
 */
export async function benchWorkers(
  load: NetworkLoad,
  options: { engine: EngineName; native: boolean; workers: number; seconds: number },
): Promise<Scaling> {
  const { workers: count, engine, native } = options;
  const teams = [await team(1, load, engine, native), await team(count, load, engine, native)];
  try {
    const kinds = ['forward', 'train'] as const;
    // One worker takes about 0.3 s for this many passes.
    const passes: Record<string, number> = {};
    for (const kind of kinds) {
      await run(teams[1], { kind, passes: 1 });
      await run(teams[0], { kind, passes: 1 });
      passes[kind] = Math.max(1, Math.round(0.3 / (await run(teams[0], { kind, passes: 1 }))));
    }
    const rounds: Rates[][] = [];
    const start = performance.now();
    while (rounds.length < 3 || performance.now() - start < options.seconds * 1000) {
      const round: Rates[] = [];
      for (const members of teams) {
        const rate = async (kind: (typeof kinds)[number]) =>
          (members.length * passes[kind] * load.batch) /
          (await run(members, { kind, passes: passes[kind] }));
        round.push({
          forwardPerSecond: await rate('forward'),
          trainStepPerSecond: await rate('train'),
        });
      }
      rounds.push(round);
    }
    return {
      workers: count,
      rates: medians(rounds.map(([, all]) => all)),
      timesOne: medians(rounds.map(([one, all]) => timesOf(all, one))),
    };
  } finally {
    await Promise.all(teams.flat().map((worker) => worker.terminate()));
  }
}

async function team(
  size: number,
  load: NetworkLoad,
  engine: EngineName,
  native: boolean,
): Promise<Worker[]> {
  // No fewer floats than the network has weights: 987 rows of the width, and 20 squares of it.
  const memory = createCollectiveMemory(size, 987 * load.width + 20 * load.width ** 2);
  const workers = Array.from({ length: size }, (_, rank) => {
    const start: KernelWorkerStart = { ...load, engine, native, rank, memory };
    return typescriptWorker(new URL('./kernelWorker.ts', import.meta.url), { workerData: start });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

/** Seconds until all have done the task. */
async function run(workers: Worker[], task: KernelWorkerTask): Promise<number> {
  const start = performance.now();
  await askAll(workers, task);
  return (performance.now() - start) / 1000;
}
