import type { RoomBuilder } from '../builder.ts';
import type { Instr } from '../instructions.ts';
import type { RoomGridShape } from '../roomGrid.ts';

/** What a level trains first of all, after the competences named in the BabyAI paper (section 3.3). */
export const SKILLS = [
  'goto',
  'open',
  'pickup',
  'putnext',
  'unlock',
  'unblock',
  'location',
  'sequence',
  'synthesis',
] as const;
export type Skill = (typeof SKILLS)[number];
/** Where it takes place: what the agent has to walk through, not how much is drawn around it. */
export const WORLDS = ['single room', 'corridor', 'maze'] as const;
export type World = (typeof WORLDS)[number];

export type Params = Readonly<Record<string, number | boolean | string | null>>;

/**
 * A family of levels as data: its rooms, its time limit, and a recipe that draws one level.
 * Registered members differ in parameters only.
 */
export interface Family<P extends Params = Params> {
  readonly name: string;
  readonly title: string;
  /** One plain sentence: what has to be done, and what makes it hard. */
  readonly description: string;
  readonly skill: Skill;
  /** Where the mission keeps to less than all rooms; by default one room, a row of them, or a maze. */
  readonly world?: World;
  readonly params: P;
  readonly rooms: (params: P) => RoomGridShape;
  /** A fixed limit of steps; without it: room area × number of rooms × walks needed. */
  readonly maxSteps?: (params: P) => number;
  /** May targets have to be unblocked? Then no mission names a key that opens a locked door. */
  readonly unblocking?: (params: P) => boolean;
  /** Draws the level and says what is to be done. */
  readonly build: (builder: RoomBuilder, params: P) => Instr;
  /** Ids (without `BabyAI-` and `-v0`) and the parameters in which each differs. */
  readonly levels: Readonly<Record<string, Partial<P>>>;
}

/** Keeps the parameters' types while a family is declared. */
export function family<P extends Params>(declared: Family<P>): Family {
  // Cast: `rooms` and `build` are given parameters of this family alone.
  return declared as unknown as Family;
}

/** A single member, ready to be made an environment of. */
export interface LevelSpec {
  readonly id: string;
  readonly family: string;
  readonly kwargs: Params;
  readonly title: string;
  readonly description: string;
  readonly skill: Skill;
  readonly world: World;
  readonly shape: RoomGridShape;
  readonly width: number;
  readonly height: number;
  readonly maxSteps: MaxStepsRule;
  readonly unblocking: boolean;
  readonly build: (builder: RoomBuilder) => Instr;
}
export type MaxStepsRule =
  | { readonly rule: 'fixed'; readonly value: number }
  | { readonly rule: 'per_nav'; readonly perNav: number };

/** The members of a family, in the order declared. */
export function membersOf(declared: Family): LevelSpec[] {
  const titles = new Set<string>();
  /** Minigrid has levels of two names; a list of titles tells them apart. */
  const ownTitle = (name: string, changes: Partial<Params>) => {
    const title = titleOf(declared.title, changes);
    const own = titles.has(title) ? `${title} (the same, as ${name})` : title;
    titles.add(own);
    return own;
  };
  return Object.entries(declared.levels).map(([name, changes]) => {
    const params = { ...declared.params, ...changes } as Params;
    const shape = declared.rooms(params);
    const { roomSize, rows, cols } = shape;
    const roomHeight = shape.roomHeight ?? roomSize;
    const fixed = declared.maxSteps?.(params);
    return {
      id: `BabyAI-${/-v\d+$/.test(name) ? name : `${name}-v0`}`,
      family: declared.name,
      kwargs: params,
      title: ownTitle(name, changes),
      description: declared.description,
      skill: declared.skill,
      world: declared.world ?? worldOf(rows, cols),
      shape,
      width: (roomSize - 1) * cols + 1,
      height: (roomHeight - 1) * rows + 1,
      maxSteps:
        fixed === undefined
          ? { rule: 'per_nav', perNav: roomSize * roomHeight * rows * cols }
          : { rule: 'fixed', value: fixed },
      unblocking: declared.unblocking?.(params) ?? false,
      build: (builder) => declared.build(builder, params),
    };
  });
}

export function worldOf(rows: number, cols: number): World {
  return rows * cols === 1 ? 'single room' : rows === 1 ? 'corridor' : 'maze';
}

/** How a changed parameter is said in a title; those not listed here are left unsaid. */
const SAID: Readonly<Record<string, (value: Params[string]) => string>> = {
  roomSize: (size) => `${size}×${size}`,
  rows: (rows) => (rows === 1 ? '1 row' : `${rows} rows`),
  numDists: (count) => (count === 0 ? 'nothing else' : objects(count)),
  numObjs: (count) => objects(count),
  objsPerRoom: (count) => `${objects(count)} in each room`,
  numDoors: (count) => `${count} doors`,
  doorsOpen: () => 'doors open',
  distractors: () => 'with distractors',
  startCarrying: () => 'already in hand',
  selectBy: (by) => (by === 'color' ? 'by colour' : 'by place'),
  redBlue: () => 'red, then blue',
  debug: () => 'strict',
  strict: () => 'strict',
  lockedRoomProb: (probability) => (probability === 0 ? 'nothing locked' : 'seldom locked'),
};
function objects(count: Params[string]): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

/** The family's title, and in brackets the parameters in which the member differs. */
function titleOf(title: string, changes: Partial<Params>): string {
  const said = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined || !(name in SAID) ? [] : [SAID[name](value)],
  );
  return said.length === 0 ? title : `${title} (${said.join(', ')})`;
}
