import { type ColorName, MAX_EPISODE_STEPS } from '../../shared/constants.ts';
import {
  after,
  and,
  before,
  type DescribedType,
  describe,
  goTo,
  type Instr,
  isSequence,
  type Location,
  navigationsNeeded,
  type ObjDesc,
  open,
  pickUp,
  putNext,
} from '../instructions.ts';
import type { MaxStepsRule } from '../levels/family.ts';

/** "the red ball on your left", as said: the article too. */
export interface Noun {
  /** `a`: several objects fit, any of them will do. `the`: just one fits. */
  readonly article: 'a' | 'the';
  readonly color: ColorName | null;
  /** `null` is said as "object". */
  readonly type: DescribedType | null;
  readonly loc: Location | null;
}
export type Clause =
  | { readonly op: 'goto' | 'open' | 'pickup'; readonly noun: Noun }
  | { readonly op: 'putnext'; readonly move: Noun; readonly fixed: Noun };
export interface Both {
  readonly op: 'and';
  readonly a: Clause;
  readonly b: Clause;
}
/** `a` is the part spoken first; for `after`, `b` has to be done first. */
export interface Ordered {
  readonly op: 'before' | 'after';
  readonly a: Clause | Both;
  readonly b: Clause | Both;
}
/** A sentence of the Baby Language (arXiv 1810.08272, figure 2). */
export type Mission = Clause | Both | Ordered;

/** The sentence, spelled as Minigrid spells it. */
export function missionText(mission: Mission): string {
  switch (mission.op) {
    case 'goto':
      return `go to ${nounText(mission.noun)}`;
    case 'open':
      return `open ${nounText(mission.noun)}`;
    case 'pickup':
      return `pick up ${nounText(mission.noun)}`;
    case 'putnext':
      return `put ${nounText(mission.move)} next to ${nounText(mission.fixed)}`;
    case 'and':
      return `${missionText(mission.a)} and ${missionText(mission.b)}`;
    case 'before':
      return `${missionText(mission.a)}, then ${missionText(mission.b)}`;
    case 'after':
      return `${missionText(mission.a)} after you ${missionText(mission.b)}`;
  }
}

export function nounText(noun: Noun): string {
  const words: string[] = [noun.article];
  if (noun.color !== null) words.push(noun.color);
  words.push(noun.type ?? 'object');
  if (noun.loc !== null) words.push(LOCATION_TEXT[noun.loc]);
  return words.join(' ');
}
export const LOCATION_TEXT: Readonly<Record<Location, string>> = {
  left: 'on your left',
  right: 'on your right',
  front: 'in front of you',
  behind: 'behind you',
};

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

/** The other way: a settled instruction tree as a sentence with articles. */
export function fromInstr(instr: Instr): Mission {
  if (isSequence(instr)) {
    const a = fromInstr(instr.a);
    const b = fromInstr(instr.b);
    // An instruction tree is built as the grammar says: a conjunction joins clauses only.
    return instr.op === 'and'
      ? { op: 'and', a: a as Clause, b: b as Clause }
      : { op: instr.op, a: a as Clause | Both, b: b as Clause | Both };
  }
  if (instr.op === 'putnext')
    return { op: 'putnext', move: fromDesc(instr.move), fixed: fromDesc(instr.fixed) };
  return { op: instr.op, noun: fromDesc(instr.desc) };
}
function fromDesc(desc: ObjDesc): Noun {
  return {
    article: desc.objects.length > 1 ? 'a' : 'the',
    color: desc.color,
    type: desc.type,
    loc: desc.loc,
  };
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
