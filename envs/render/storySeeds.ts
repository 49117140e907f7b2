import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { createEnv } from '../env.ts';
import { EndlessGenerationError } from '../roomGrid.ts';

/** The first held-out seeds from `base` up of which a level has a world. Throws for an unknown level. */
export function storySeeds(levelId: string, count: number, base = EVAL_SEED_BASE): number[] {
  const seeds: number[] = [];
  for (let seed = base; seeds.length < count; seed++) {
    try {
      createEnv(levelId, { seed });
      seeds.push(seed);
    } catch (error) {
      if (!(error instanceof EndlessGenerationError)) throw error;
    }
  }
  return seeds;
}
