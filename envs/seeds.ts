import { EVAL_SEED_BASE } from '../shared/constants.ts';
import { EndlessGenerationError } from './roomGrid.ts';

/** Level seed of the `episode`-th episode (from 0) of environment `index`. */
export type SeedStream = (index: number, episode: number) => number;

/** Training seeds, below EVAL_SEED_BASE: a hash of the run's seed, the environment and the episode. */
export function trainingSeeds(runSeed: number): SeedStream {
  const low = runSeed | 0;
  const high = Math.floor(runSeed / 0x1_0000_0000) | 0;
  return (index, episode) => {
    let hash = scramble(low ^ 0x9e3779b9);
    hash = scramble(hash ^ high);
    hash = scramble(hash ^ (index + 1));
    hash = scramble(hash ^ (episode + 1));
    return (hash >>> 0) % EVAL_SEED_BASE;
  };
}

/** Training worlds from a few seeds alone: each episode draws one of `pool`, some again and again. */
export function pooledSeeds(pool: readonly number[], runSeed: number): SeedStream {
  if (pool.length === 0) throw new RangeError('a pool of 0 seeds; accepted: at least one');
  const draws = trainingSeeds(runSeed);
  return (index, episode) => pool[draws(index, episode) % pool.length];
}

/** Evaluation seeds from `base` up, dealt out in turn: of `count` environments each seed is used once. */
export function evaluationSeeds(count: number, base = EVAL_SEED_BASE): SeedStream {
  if (!Number.isSafeInteger(base) || base < EVAL_SEED_BASE)
    throw new RangeError(
      `evaluation seed base is ${base}; accepted: whole numbers from ${EVAL_SEED_BASE}`,
    );
  return (index, episode) => base + index + episode * count;
}

/**
 * Begins the episode after `episode` of a stream, leaving out seeds on which Python would hang.
 * @param begin may throw EndlessGenerationError
 * @returns the number of the episode begun
 */
export function beginNext(
  seeds: SeedStream,
  index: number,
  episode: number,
  begin: (seed: number) => void,
): number {
  for (let next = episode + 1; ; next++) {
    try {
      begin(seeds(index, next));
      return next;
    } catch (error) {
      if (!(error instanceof EndlessGenerationError)) throw error;
    }
  }
}

function scramble(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
