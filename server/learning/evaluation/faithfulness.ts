import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import type { WorkerGroup } from '../workers/group.ts';
import { evaluateOn } from './evaluatePolicy.ts';

/** Held-out worlds that it is measured on, and how long the agent has in each to face something. */
export const FAITHFULNESS_WORLDS = 48;
export const FAITHFULNESS_STEPS = 40;
/** With fewer worlds that have another object nothing is said. */
const LEAST_WORLDS = 12;
/** Other worlds than those of the held-out test. */
const SEED_BASE = EVAL_SEED_BASE + 500_000;

/**
 * Whether the Doer does what the Planner says: by how much more often the agent first faces an object that the
 * mission does not mean where the Planner was told to want it than in the same world, with the same chance,
 * where it was told nothing. −1 to 1; about 0 where goals are words alone. Undefined on levels that have no
 * such object.
 */
export async function faithfulnessOn(
  group: WorkerGroup,
  levelId: string,
): Promise<number | undefined> {
  const shares: number[] = [];
  for (const untold of [false, true]) {
    const { overridden = 0, overrideFollowed = 0 } = await evaluateOn(group, {
      levelId,
      episodes: FAITHFULNESS_WORLDS,
      seedBase: SEED_BASE,
      greedy: false,
      override: 'other-object',
      untold,
      overrideSteps: FAITHFULNESS_STEPS,
    });
    if (overridden < LEAST_WORLDS) return undefined;
    shares.push(overrideFollowed);
  }
  const [told = 0, untold = 0] = shares;
  return told - untold;
}
