import fc, { type IProperty } from 'fast-check';

/** Seconds that each property is given to look for a counterexample; 0 in `npm test`. */
const SECONDS = Number(process.env.PROPERTY_SECONDS ?? 0);

/** True under `npm run test:random`, where there is time for all seeds of all levels. */
export const isThorough = SECONDS > 0;

/** The seed of `npm test`: the same cases every time. */
const FIXED_SEED = 20_261_127;

export interface PropertyOptions<T> {
  /** Cases tried in `npm test`. */
  readonly runs: number;
  /** Cases that failed once: tried first, always. */
  readonly pinned?: readonly T[];
}

/**
 * Checks a property: the same `runs` cases every time under `npm test`, as many random ones as fit into
 * the time under `npm run test:random`. A counterexample is shrunk and thrown with its seed and path;
 * pin it in `pinned`.
 */
export function holds<T>(property: IProperty<T>, { runs, pinned = [] }: PropertyOptions<T>): void {
  const examples = [...pinned];
  if (!isThorough) {
    fc.assert(property, { numRuns: runs, seed: FIXED_SEED, examples });
    return;
  }
  const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  fc.assert(property, {
    numRuns: Number.MAX_SAFE_INTEGER,
    seed,
    examples,
    interruptAfterTimeLimit: SECONDS * 1000,
  });
}
