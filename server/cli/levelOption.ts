import { closestIds, listLevels } from '../../envs/index.ts';

/** Complains about a level id that is none, naming the nearest ones; for `check` of a text option. */
export function checkLevel(id: string): string | undefined {
  if (listLevels().some((level) => level.id === id)) return undefined;
  return `accepted: a level id such as ${closestIds(id, 3).join(', ')} (the command levels lists all)`;
}
