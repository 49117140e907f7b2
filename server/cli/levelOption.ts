import { foreignKind } from '../../shared/foreignFile.ts';
import { checkMadeLevel, isMadeByHand } from '../levels/missions.ts';
import { fullLevelId, TASKS, taskOf } from '../tasks/index.ts';
import { UsageError } from './command.ts';

/** A comma after which an id begins, or a short name stands alone, or nothing. */
const LEVEL_FOLLOWS = new RegExp(
  `,(?=\\s*(?:${TASKS.map(({ names }) => names.begins.source).join('|')}|[A-Z][A-Za-z0-9]*\\s*(?:,|$)|\\s*(?:,|$)))`,
);

/**
 * The levels of a list with commas: a comma may belong to a mission's sentence ("open the door, then go to
 * the ball") or a layout, so one counts only where a level's name follows.
 */
export function splitLevels(text: string): string[] {
  return text.split(LEVEL_FOLLOWS);
}

/** Throws a UsageError where the last of `episodes` seeds from `--seed-base` on is no exact whole number. */
export function checkSeeds(seedBase: number, episodes: number): void {
  const most = Number.MAX_SAFE_INTEGER - episodes + 1;
  if (seedBase > most)
    throw new UsageError(
      `--seed-base is ${seedBase}, and the last of ${episodes} episodes has a seed above ${Number.MAX_SAFE_INTEGER}; accepted: up to ${most} with so many episodes`,
    );
}

/** A list of levels. */
export const LEVELS_OPTION = {
  type: 'list',
  placeholder: 'A,B',
  split: splitLevels,
  read: fullLevelId,
} as const;

/**
 * Complains about what names no level, with the nearest ids, or with what is wrong in a mission or layout
 * made by hand; for `check` of a text option.
 */
export function checkLevel(id: string): string | undefined {
  try {
    taskOf(id).createWorld(id);
    return undefined;
  } catch (error) {
    if (isMadeByHand(id)) {
      // A layout is given as the text of a file, which may be another one than was meant.
      const text = /^layout:([\s\S]+)/.exec(id)?.[1];
      const head = text && new TextEncoder().encode(text.slice(0, 512));
      const foreign = head && foreignKind(head, 'safetensors');
      return foreign
        ? `what follows layout: is ${foreign}; accepted: the text of a layout`
        : (error as Error).message;
    }
    const { names, made } = taskOf(id);
    const near = names.closest(id).join(', ');
    return `accepted: a level id such as ${near} (the command levels lists all)${made ? `, ${made.forms}` : ''}`;
  }
}

/** The level that a command is about. */
export const LEVEL_OPTION = {
  type: 'text',
  help: 'Level id, or its short name as the page shows it.',
  placeholder: 'ID',
  required: true,
  read: fullLevelId,
  check: checkLevel,
} as const;

/** Throws a UsageError for the first item of a list of levels that names none. */
export function checkLevels(levels: readonly string[], option = 'levels'): void {
  for (const level of levels) {
    const wrong = checkLevel(level);
    if (wrong) throw new UsageError(`--${option} has "${level}"; ${wrong}`);
  }
}

/**
 * Lets the bot try missions and layouts made by hand before anything is learnt from them. Throws a
 * UsageError where it never solves one, unless that is allowed, or where none is made by hand and that is allowed.
 * @param given levels by the option that names them
 */
export async function proveMadeLevels(
  given: Readonly<Record<string, readonly string[]>>,
  allowImpossible: boolean,
  say: (line: string) => void,
): Promise<void> {
  const made = Object.entries(given).flatMap(([option, levels]) =>
    levels.filter(isMadeByHand).map((level) => [level, option] as const),
  );
  if (allowImpossible && made.length === 0)
    throw new UsageError(
      '--allow-impossible has no effect: none of the levels is a mission or layout made by hand',
    );
  for (const [level, option] of new Map(made)) {
    const proof = await checkMadeLevel(level, option, allowImpossible).catch((error: Error) => {
      throw new UsageError(`--${option}: ${error.message}; --allow-impossible trains on it anyway`);
    });
    say(`the bot solves ${level} in ${proof.expectedLength?.toFixed(1) ?? 'no number of'} steps`);
  }
}
