import { ABLATION_IDS, DOERS, PLANNERS } from '../../shared/play.ts';
import { shortened } from '../../shared/text.ts';
import { type Comparison, SIDE_NAMES, type SideChoice } from '../store/state.ts';

const SEPARATOR = '~';
const MOST_WORLDS = 200;
const MOST_DEPTH = 64;

/** A comparison as one word of a link: level, first seed, worlds, and its sides. */
export function comparisonText({ levelId, seed, worlds, sides }: Comparison): string {
  return [levelId, seed, worlds, ...sides.map(sideText)].join(SEPARATOR);
}

/** Reads it back; where it cannot be read it is left out, and named. */
export function comparisonIn(
  given: string | undefined,
  problems: string[],
): Comparison | undefined {
  if (given === undefined) return undefined;
  const parts = given.split(SEPARATOR);
  for (let count = 2; count <= SIDE_NAMES.length; count++) {
    const read = comparisonOf(parts, count);
    if (read) return read;
  }
  problems.push(
    `The link’s compare is “${shortened(given, 60)}”; accepted: level~seed~worlds~A~B, up to ~C~D, where A to D are policies, each with ${[...ABLATION_IDS.slice(1), 'expertGoals', 'exactDoer', 'greedy', 'depth4'].join(', ')} behind commas.`,
  );
  return undefined;
}

/** The last parts read as that many sides; a level made by hand may hold the separator itself. */
function comparisonOf(parts: readonly string[], count: number): Comparison | undefined {
  const level = parts.length - count - 2;
  const levelId = parts.slice(0, Math.max(0, level)).join(SEPARATOR);
  if (!levelId) return undefined;
  const [seed = Number.NaN, worlds = 0] = parts.slice(level, level + 2).map(Number);
  if (!Number.isSafeInteger(seed) || seed < 0) return undefined;
  if (!Number.isSafeInteger(worlds) || worlds < 1 || worlds > MOST_WORLDS) return undefined;
  const sides = parts.slice(-count).map(sideIn);
  return sides.every((side) => side !== undefined) ? { levelId, seed, worlds, sides } : undefined;
}

function sideText({ policy, ablation, planner, doer, depth, greedy }: SideChoice): string {
  return [
    policy,
    ablation === 'none' ? '' : ablation,
    planner === undefined ? '' : `${planner}Goals`,
    doer === undefined ? '' : `${doer}Doer`,
    depth === undefined ? '' : `depth${depth}`,
    greedy ? 'greedy' : '',
  ]
    .filter(Boolean)
    .join(',');
}

function sideIn(given: string | undefined): SideChoice | undefined {
  const [policy, ...words] = (given ?? '').split(',');
  if (!policy) return undefined;
  const side: SideChoice = {
    ...{ policy, ablation: 'none', planner: undefined, doer: undefined },
    ...{ depth: undefined, greedy: false },
  };
  for (const word of words) {
    const ablation = ABLATION_IDS.find((id) => id === word);
    const planner = PLANNERS.find((who) => `${who}Goals` === word);
    const doer = DOERS.find((who) => `${who}Doer` === word);
    const depth = Number(/^depth([1-9]\d?)$/.exec(word)?.[1]);
    if (ablation) side.ablation = ablation;
    else if (planner) side.planner = planner;
    else if (doer) side.doer = doer;
    else if (depth <= MOST_DEPTH) side.depth = depth;
    else if (word === 'greedy') side.greedy = true;
    else return undefined;
  }
  return side;
}
