import { MAX_EPISODE_STEPS } from '../../shared/constants.ts';
import {
  after,
  and,
  before,
  describe,
  goTo,
  type Instr,
  navigationsNeeded,
  type ObjDesc,
  open,
  pickUp,
  putNext,
} from '../instructions.ts';
import type { MaxStepsRule } from '../levels/family.ts';
import type { Clause, Mission, Noun } from '../sentence.ts';

/** A fresh instruction tree of the sentence, not settled on any objects yet. */
export function toInstr(mission: Mission): Instr {
  switch (mission.op) {
    case 'goto':
      return goTo(toDesc(mission.noun));
    case 'open':
      return open(toDesc(mission.noun));
    case 'pickup':
      return pickUp(toDesc(mission.noun));
    case 'putnext':
      return putNext(toDesc(mission.move), toDesc(mission.fixed));
    case 'and':
      return and(toInstr(mission.a), toInstr(mission.b));
    case 'before':
      return before(toInstr(mission.a), toInstr(mission.b));
    case 'after':
      return after(toInstr(mission.a), toInstr(mission.b));
  }
}
function toDesc(noun: Noun): ObjDesc {
  return describe(noun.type, noun.color, noun.loc);
}

/** The clauses in the order spoken. */
export function clausesOf(mission: Mission): Clause[] {
  return 'a' in mission ? [...clausesOf(mission.a), ...clausesOf(mission.b)] : [mission];
}
/** The nouns in the order spoken. */
export function nounsOf(mission: Mission): Noun[] {
  return clausesOf(mission).flatMap((clause) =>
    clause.op === 'putnext' ? [clause.move, clause.fixed] : [clause.noun],
  );
}

/**
 * The step limit of a level made by hand: `given`, or else as BabyAI's, the area of all rooms for each
 * walk, up to MAX_EPISODE_STEPS.
 */
export function stepLimit(mission: Mission, area: number, given: number | null): MaxStepsRule {
  const walks = navigationsNeeded(toInstr(mission));
  return given === null && walks * area <= MAX_EPISODE_STEPS
    ? { rule: 'per_nav', perNav: area }
    : { rule: 'fixed', value: given ?? MAX_EPISODE_STEPS };
}
