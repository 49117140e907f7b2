/** Both cells of a `Pace`: whether to hold, and how often a worker came by. */
const HELD = 0;
const REACHED = 1;

/** Asked for this often while it is held, whatever else would wake it. */
const HELD_MS = 60_000;

export const createPaceMemory = (): SharedArrayBuffer => new SharedArrayBuffer(8);

/**
 * Lets the owner of worker threads hold them where they are, and see that they go on. Workers come by before each
 * step of a rollout or test and before each minibatch, so they are held within one of those; what they hold stays
 * as it is, and so do the results.
 */
export class Pace {
  private readonly cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.cells = new Int32Array(memory);
  }

  /** A worker comes by: counts it, and waits here (the whole thread does) while it is held. */
  reach(): void {
    Atomics.add(this.cells, REACHED, 1);
    while (this.isHeld) Atomics.wait(this.cells, HELD, 1, HELD_MS);
  }

  /** How often workers have come by, of all together; starts again at 0 after 2^32. */
  get reached(): number {
    return Atomics.load(this.cells, REACHED) >>> 0;
  }

  get isHeld(): boolean {
    return Atomics.load(this.cells, HELD) === 1;
  }

  hold(isHeld: boolean): void {
    Atomics.store(this.cells, HELD, isHeld ? 1 : 0);
    if (isHeld) return;
    // Counts as a sign of life: who was held is not taken for dead by who waited for it meanwhile.
    Atomics.add(this.cells, REACHED, 1);
    Atomics.notify(this.cells, HELD);
  }
}
