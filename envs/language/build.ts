import { MAX_EPISODE_STEPS, MAX_GRID_SIDE } from '../../shared/constants.ts';
import { type LevelSpec, type Skill, worldOf } from '../levels/family.ts';
import { asWorldsSay, type Mission, missionText, type Noun, nounText } from '../sentence.ts';
import { clausesOf, nounsOf, stepLimit } from './mission.ts';
import { ImpossibleMissionError, isOne, Recipe, type Thing } from './recipe.ts';

export interface MissionRooms {
  /** Outer width and height of a room in cells, walls included; 4 to 16. */
  readonly roomSize?: number;
  /** Rooms side by side and above each other; 1 to 5 each. */
  readonly cols?: number;
  readonly rows?: number;
  /** Other things that lie about; 0 to 30, fewer where the rooms are small. */
  readonly distractors?: number;
  /** Lock the doors that the mission names and lay their keys into the agent's room. */
  readonly locked?: boolean;
  /** Step limit; default: as BabyAI's, room area × rooms × walks needed. */
  readonly maxSteps?: number;
}

/**
 * A level for one sentence: random rooms in which each noun fits as its article says (one thing for
 * "the", two or more for "a"), with distractors that leave that so. Resets draw other layouts of the
 * same mission. Throws an ImpossibleMissionError where no layout can exist, a RangeError for bad rooms.
 */
export function missionLevel(mission: Mission, rooms: MissionRooms = {}): LevelSpec {
  const things = thingsFor(mission);
  const doors = things.filter((thing) => thing.type === 'door');
  const nouns = nounsOf(mission);
  const single = nouns.some((noun) => isOne(noun) && noun.type === 'door' && isBare(noun));
  const shape = shapeFor(rooms, doors.length, single);
  const { roomSize, cols, rows } = shape;
  if (doors.length > 0 && cols * rows === 1)
    throw new RangeError('rooms is 1x1; a mission about doors needs at least two rooms');
  assertPosable(mission);
  // At most half of the floor may be covered: else there is hardly a way through.
  const place = Math.floor((cols * rows * (roomSize - 2) ** 2) / 2);
  const needed = things.length - doors.length + (rooms.locked ? doors.length : 0);
  if (needed > place)
    throw new RangeError(
      `the mission needs ${needed} things; ${cols}x${rows} rooms of size ${roomSize} have place for ${place}`,
    );
  const usual = cols * rows === 1 ? 4 : 3 + 2 * cols * rows;
  const count = rooms.distractors ?? Math.min(usual, place - needed);
  checkRange('distractors', count, 0, Math.min(30, place - needed));
  if (rooms.maxSteps !== undefined) checkRange('maxSteps', rooms.maxSteps, 1, MAX_EPISODE_STEPS);
  const sentence = missionText(mission);
  const title = missionText(asWorldsSay(mission));
  const recipe = new Recipe(mission, things, count, rooms.locked ?? false);
  return {
    id: missionLevelId(sentence, rooms),
    family: 'Mission',
    kwargs: { mission: title, roomSize, cols, rows, distractors: count, locked: !!rooms.locked },
    title,
    description: `Made for the mission “${title}”.`,
    skill: skillOf(mission),
    world: worldOf(rows, cols),
    shape,
    width: (roomSize - 1) * cols + 1,
    height: (roomSize - 1) * rows + 1,
    maxSteps: stepLimit(mission, roomSize * roomSize * rows * cols, rooms.maxSteps ?? null),
    unblocking: false,
    build: (builder) => recipe.draw(builder),
  };
}

/** `mission:` and the sentence, with what differs from the default after a question mark. */
function missionLevelId(sentence: string, rooms: MissionRooms): string {
  const query = Object.entries(rooms)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
  return `mission:${sentence}${query === '' ? '' : `?${query}`}`;
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} is ${value}; accepted: a whole number from ${min} to ${max}`);
}

function shapeFor(rooms: MissionRooms, doors: number, singleDoor: boolean) {
  const cols = rooms.cols ?? (doors === 0 ? 1 : singleDoor ? 2 : 3);
  const rows = rooms.rows ?? (doors === 0 || singleDoor ? 1 : 3);
  const roomSize = rooms.roomSize ?? (cols * rows === 1 ? 8 : 7);
  checkRange('cols', cols, 1, 5);
  checkRange('rows', rows, 1, 5);
  checkRange('roomSize', roomSize, 4, 16);
  const side = (roomSize - 1) * Math.max(cols, rows) + 1;
  if (side > MAX_GRID_SIDE)
    throw new RangeError(
      `${cols}x${rows} rooms of size ${roomSize} are ${side} cells long; accepted: at most ${MAX_GRID_SIDE}`,
    );
  return { roomSize, rows, cols };
}

function skillOf(mission: Mission): Skill {
  if (mission.op === 'and' || mission.op === 'before' || mission.op === 'after') return 'sequence';
  if (nounsOf(mission).some((noun) => noun.loc !== null)) return 'location';
  return mission.op;
}

function isBare(noun: Noun): boolean {
  return noun.color === null && noun.loc === null;
}

/** Does everything that fits `narrow` also fit `wide`? */
function implies(narrow: Noun, wide: Noun): boolean {
  return (
    (wide.type === null || wide.type === narrow.type) &&
    (wide.color === null || wide.color === narrow.color) &&
    (wide.loc === null || wide.loc === narrow.loc)
  );
}

/** Refuses sentences that no layout can make true. */
function assertPosable(mission: Mission): void {
  // Minigrid never poses a put-next whose sides can be the same thing: it draws another level.
  for (const clause of clausesOf(mission)) {
    if (clause.op !== 'putnext') continue;
    const { move, fixed } = clause;
    if (implies(move, fixed) || implies(fixed, move))
      throw new ImpossibleMissionError(
        `"${nounText(move)}" would also be "${nounText(fixed)}": nothing can be put next to itself`,
      );
  }
  const nouns = nounsOf(mission);
  for (const one of nouns.filter(isOne)) {
    const many = nouns.find((noun) => !isOne(noun) && implies(noun, one));
    if (many !== undefined)
      throw new ImpossibleMissionError(
        `"${nounText(one)}" says that just one thing fits, "${nounText(many)}" that several do`,
      );
  }
}

/** The fewest things that can satisfy all nouns, the most exactly described first. */
function thingsFor(mission: Mission): Thing[] {
  const exactness = (noun: Noun) =>
    (noun.type === null ? 0 : 1) + (noun.color === null ? 0 : 1) + (noun.loc === null ? 0 : 1);
  const planned: { noun: Noun; thing: Thing }[] = [];
  for (const noun of nounsOf(mission).sort((a, b) => exactness(b) - exactness(a))) {
    const wanted = isOne(noun) ? 1 : 2;
    let present = planned.filter((entry) => implies(entry.noun, noun)).length;
    for (; present < wanted; present++) {
      const { type, color } = noun;
      planned.push({ noun, thing: { type, color, inAgentRoom: noun.loc !== null } });
    }
  }
  return planned.map((entry) => entry.thing);
}
