import { createPaceMemory, Pace } from './pace.ts';

/** Memory that the workers of one run share. */
export interface CollectiveMemory {
  size: number;
  /** [arrived, generation] */
  barrier: SharedArrayBuffer;
  /** Two sets of `size` slots of `length` floats: while one is read, the other is written. */
  slots: SharedArrayBuffer;
  length: number;
  /** Holds them; see `Pace`. */
  pace: SharedArrayBuffer;
}

/** @param length most floats that one sum can carry */
export function createCollectiveMemory(size: number, length: number): CollectiveMemory {
  return {
    size,
    length,
    barrier: new SharedArrayBuffer(8),
    slots: new SharedArrayBuffer(2 * size * length * 4),
    pace: createPaceMemory(),
  };
}

/** A worker that waits longer than this, while no other one moves, assumes that one has died. */
const PATIENCE_MS = 120_000;

/**
 * Sums over the workers of a run. Every worker adds in the order of ranks, so all get the same bits,
 * in every run.
 */
export class Collective {
  readonly rank: number;
  readonly size: number;
  readonly pace: Pace;
  private readonly memory: CollectiveMemory;
  private readonly barrier: Int32Array;
  private half = 0;

  constructor(memory: CollectiveMemory, rank: number) {
    this.memory = memory;
    this.rank = rank;
    this.size = memory.size;
    this.barrier = new Int32Array(memory.barrier);
    this.pace = new Pace(memory.pace);
  }

  /** Replaces each array by the sum of all workers' arrays. Every worker must call it, with equal lengths. */
  sum(...arrays: Float32Array[]): void {
    this.reduce(arrays, 1);
  }

  /** Replaces each array by the mean of all workers' arrays. */
  mean(...arrays: Float32Array[]): void {
    this.reduce(arrays, 1 / this.size);
  }

  private reduce(arrays: readonly Float32Array[], scale: number): void {
    const { size, length, slots } = this.memory;
    const total = arrays.reduce((sum, values) => sum + values.length, 0);
    if (total > length) {
      throw new Error(`collective sum of ${total} floats; accepted: at most ${length}`);
    }
    if (size === 1) return;
    const base = this.half * size * length;
    const slot = (rank: number) => new Float32Array(slots, (base + rank * length) * 4, total);
    let at = 0;
    for (const values of arrays) {
      slot(this.rank).set(values, at);
      at += values.length;
    }
    this.wait();
    at = 0;
    for (const values of arrays) {
      const part = (rank: number) => slot(rank).subarray(at, at + values.length);
      values.set(part(0));
      for (let rank = 1; rank < size - 1; rank++) {
        const other = part(rank);
        for (let i = 0; i < values.length; i++) values[i] += other[i];
      }
      // Gradients are long: add the last one and scale in one pass.
      const last = part(size - 1);
      for (let i = 0; i < values.length; i++) values[i] = (values[i] + last[i]) * scale;
      at += values.length;
    }
    this.half = 1 - this.half;
  }

  private wait(): void {
    const generation = Atomics.load(this.barrier, 1);
    if (Atomics.add(this.barrier, 0, 1) === this.size - 1) {
      Atomics.store(this.barrier, 0, 0);
      Atomics.add(this.barrier, 1, 1);
      Atomics.notify(this.barrier, 1);
      return;
    }
    while (Atomics.load(this.barrier, 1) === generation) {
      const { reached } = this.pace;
      const answer = Atomics.wait(this.barrier, 1, generation, PATIENCE_MS);
      if (answer === 'timed-out' && !this.pace.isHeld && this.pace.reached === reached) {
        throw new Error('a training worker stopped answering');
      }
    }
  }
}
