import type { MissionCheck, MissionCompletion } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import { TASKS, taskOf } from '../tasks/index.ts';

/** Whether a level id is the text of a level that somebody wrote, in the language of its task. */
export function isMadeByHand(levelId: string): boolean {
  return taskOf(levelId).made?.owns(levelId) ?? false;
}

/** What could be typed next in an input field for a mission. */
export function completeMission(prefix: string): MissionCompletion[] {
  return TASKS.flatMap(({ made }) => made?.complete(prefix) ?? []);
}

/** Reads a level made by hand and lets its task's expert try it; see `MadeLevels.prove`. */
export async function checkMadeLevel(
  text: string,
  field: string,
  allowImpossible = false,
  sent = text,
): Promise<MissionCheck> {
  const { made } = taskOf(text);
  if (!made) throw new RequestError('bad-request', `${field}: no task reads such levels`, field);
  return made.prove(text, field, allowImpossible, sent);
}
