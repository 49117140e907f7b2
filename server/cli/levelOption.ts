import { closestIds, resolveLevel } from '../../envs/index.ts';
import { isMadeByHand } from '../runs/missions.ts';
import { UsageError } from './command.ts';

/**
 * Complains about what names no level, with the nearest ids, or with what is wrong in a mission or layout
 * made by hand; for `check` of a text option.
 */
export function checkLevel(id: string): string | undefined {
  try {
    resolveLevel(id);
    return undefined;
  } catch (error) {
    if (isMadeByHand(id)) return (error as Error).message;
    const near = closestIds(id, 3).join(', ');
    return `accepted: a level id such as ${near} (the command levels lists all), mission:SENTENCE, or layout: and a layout`;
  }
}

/** The level that a command is about. */
export const LEVEL_OPTION = {
  type: 'text',
  help: 'Level id.',
  placeholder: 'ID',
  required: true,
  check: checkLevel,
} as const;

/** Throws a UsageError for the first of `--levels` that names no level. */
export function checkLevels(levels: readonly string[]): void {
  for (const level of levels) {
    const wrong = checkLevel(level);
    if (wrong) throw new UsageError(`--levels has "${level}"; ${wrong}`);
  }
}
