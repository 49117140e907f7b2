import type { CommandPayload, MissionCheck } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import { quoted } from '../../shared/text.ts';
import { checkMadeLevel, isMadeByHand } from '../levels/missions.ts';
import { taskOf } from '../tasks/index.ts';

/** Proves a level made by hand; by default in this process, which takes up to a second or two. */
export type Prove = (
  text: string,
  field: string,
  allowImpossible?: boolean,
) => Promise<MissionCheck>;

type Asked = Pick<CommandPayload<'run:create'>, 'allowImpossible' | 'curriculum'> & {
  levelId: string;
};

/** A level's id, spelled as the level is; with its mission where it was made by hand. */
export interface AcceptedLevel {
  levelId: string;
  mission?: string;
}

/**
 * What a new run is to learn. Levels made by hand are proved first. Throws a RequestError that names the
 * field where there is no such level, or no way to solve it.
 * @param levelIds all levels that can be chosen
 */
export async function levelAskedFor(
  { levelId, allowImpossible, curriculum }: Asked,
  levelIds: readonly string[],
  prove: Prove = checkMadeLevel,
): Promise<AcceptedLevel> {
  if (!isMadeByHand(levelId)) {
    const forms = taskOf(levelId).made?.forms;
    checkRegistered(levelId, levelIds, 'levelId', forms ? `, ${forms}` : '');
  }
  const accepted = isMadeByHand(levelId)
    ? await prove(levelId, 'levelId', allowImpossible)
    : { levelId };
  for (const easier of curriculum ?? []) checkRegistered(easier, levelIds, 'curriculum');
  return accepted;
}

function checkRegistered(
  levelId: string,
  levelIds: readonly string[],
  field: string,
  others = '',
): void {
  if (levelIds.includes(levelId)) return;
  const near = taskOf(levelId).names.closest(levelId).join(', ');
  throw new RequestError(
    'bad-request',
    `${field} is ${quoted(levelId, 80)}; accepted: an id that level:list gives, such as ${near}${others}`,
    { reason: 'unknown-level', field },
  );
}

/** The longest name that a mission gives to a run. */
const MAX_NAME = 70;

/** A name for a run that nobody named: its mission or level, with the first number that is free. */
export function nameFor({ levelId, mission }: AcceptedLevel, used: ReadonlySet<string>): string {
  const level = mission?.slice(0, MAX_NAME) ?? taskOf(levelId).names.short(levelId);
  for (let n = 1; ; n++) if (!used.has(`${level} ${n}`)) return `${level} ${n}`;
}
