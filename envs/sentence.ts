import type { ColorName } from '../shared/constants.ts';
import {
  type DescribedType,
  type Instr,
  isSequence,
  type Location,
  type ObjDesc,
} from './instructions.ts';

/**
 * Sentences of the Baby Language: the one place that spells them, for missions that are drawn and for
 * missions that are written by hand.
 */

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
const LOCATION_TEXT: Readonly<Record<Location, string>> = {
  left: 'on your left',
  right: 'on your right',
  front: 'in front of you',
  behind: 'behind you',
};

/**
 * The same mission with the articles that every world gives it: each has many grey walls, which Minigrid counts
 * as grey objects, and so never just one "object" or "grey object".
 */
export function asWorldsSay<M extends Mission>(mission: M): M {
  const noun = (said: Noun): Noun =>
    said.type === null && (said.color === null || said.color === 'grey')
      ? { ...said, article: 'a' }
      : said;
  const spelled = (part: Mission): Mission => {
    if ('a' in part) return { ...part, a: spelled(part.a), b: spelled(part.b) } as Mission;
    if (part.op === 'putnext') return { ...part, move: noun(part.move), fixed: noun(part.fixed) };
    return { ...part, noun: noun(part.noun) };
  };
  return spelled(mission) as M;
}

/** A settled instruction tree as a sentence with articles. */
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
    return { op: 'putnext', move: nounOf(instr.move), fixed: nounOf(instr.fixed) };
  return { op: instr.op, noun: nounOf(instr.desc) };
}
/** How a settled description is said: `a` where several things match, `the` where one does. */
export function nounOf({ type, color, loc, objects }: ObjDesc): Noun {
  // Minigrid counts walls among the matches: they are grey things without a name of their own.
  const countsWalls = type === null && (color === null || color === 'grey');
  return { article: objects.length > 1 || countsWalls ? 'a' : 'the', color, type, loc };
}
