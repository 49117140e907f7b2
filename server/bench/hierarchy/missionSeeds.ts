import { createEnv, EndlessGenerationError } from '../../../envs/index.ts';
import { clausesOf, parseMission } from '../../../envs/language/index.ts';

/** How many clauses ("go to …", "put … next to …") a mission may have. */
export interface Clauses {
  least: number;
  most: number;
}

/**
 * The first `count` seeds of a level, from `from` up, whose mission has a number of clauses in the given range. Throws
 * an Error where hardly any seed has.
 */
export function missionSeeds(
  levelId: string,
  { least, most }: Clauses,
  count: number,
  from: number,
): number[] {
  const env = createEnv(levelId);
  const found: number[] = [];
  for (let seed = from; found.length < count; seed++) {
    if (seed - from > SOUGHT * (found.length + 1))
      throw new Error(
        `${levelId}: ${found.length} of ${seed - from} seeds from ${from} up have a mission of ${least} to ${most} clauses; accepted: a level where more than one of ${SOUGHT} has`,
      );
    try {
      env.reset(seed);
    } catch (error) {
      if (!(error instanceof EndlessGenerationError)) throw error;
      continue;
    }
    const clauses = clausesOf(parseMission(env.mission)).length;
    if (clauses >= least && clauses <= most) found.push(seed);
  }
  return found;
}
const SOUGHT = 1000;
