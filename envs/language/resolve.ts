import type { LevelSpec } from '../levels/family.ts';
import { findLevel } from '../levels/registry.ts';
import { type MissionRooms, missionLevel } from './build.ts';
import { parseLayout } from './layout.ts';
import { parseMission } from './parse.ts';
import { layoutLevel } from './placing.ts';

const NUMBERS = ['roomSize', 'cols', 'rows', 'distractors', 'maxSteps'] as const;
const ACCEPTED = [...NUMBERS.map((name) => `${name}=N`), 'locked=true'].join(', ');

/**
 * The level that a text names, anywhere a level id is accepted: a registered id, `mission:SENTENCE`
 * (with `?roomSize=6&distractors=2&…` after it, if wished), or `layout:` and a layout. The `id` of such
 * a level, given again, makes the same level. Throws an error that says what is accepted.
 */
export function resolveLevel(text: string): LevelSpec {
  const trimmed = text.trim();
  if (/^mission:/i.test(trimmed)) return missionFromId(trimmed.slice('mission:'.length));
  if (/^layout:/i.test(trimmed)) return layoutLevel(parseLayout(trimmed.slice('layout:'.length)));
  return findLevel(trimmed);
}

function missionFromId(body: string): LevelSpec {
  const [sentence, query = ''] = body.split('?', 2);
  const rooms: Record<string, number | boolean> = {};
  for (const pair of query.split('&').filter(Boolean)) {
    const [name, value = ''] = pair.split('=', 2);
    if (name === 'locked' && (value === 'true' || value === 'false'))
      rooms.locked = value === 'true';
    else if ((NUMBERS as readonly string[]).includes(name) && /^\d{1,7}$/.test(value))
      rooms[name] = Number(value);
    else throw new RangeError(`mission option ${JSON.stringify(pair)}; accepted: ${ACCEPTED}`);
  }
  return missionLevel(parseMission(sentence), rooms as MissionRooms);
}
