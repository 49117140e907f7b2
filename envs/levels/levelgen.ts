import { COLOR_DRAW_ORDER, COLOR_NAMES, ObjectType } from '../../shared/constants.ts';
import type { RoomBuilder } from '../builder.ts';
import {
  after,
  and,
  before,
  DESCRIBED_TYPES,
  type DescribedType,
  describe,
  goTo,
  type Instr,
  LOCATIONS,
  type ObjDesc,
  open,
  pickUp,
  putNext,
} from '../instructions.ts';
import { EndlessGenerationError, REJECT } from '../roomGrid.ts';
import { matches } from '../verify.ts';

export type ActionKind = 'goto' | 'pickup' | 'open' | 'putnext';
export type InstrKind = 'action' | 'and' | 'seq';

/** What BabyAI's level generator may draw; the defaults are those of BossLevel. */
export interface MissionOptions {
  readonly numDists?: number;
  readonly lockedRoomProb?: number;
  /** May descriptions say "on your left" and the like? */
  readonly locations?: boolean;
  /** May things lie in the way? If not, everything must be reachable as it is. */
  readonly unblocking?: boolean;
  /** May a mission need the locked room to be opened without saying so? */
  readonly implicitUnlock?: boolean;
  readonly actionKinds?: readonly ActionKind[];
  readonly instrKinds?: readonly InstrKind[];
}

const LOOSE_TYPES = DESCRIBED_TYPES.filter((type) => type !== 'door');
const MAX_DESCRIPTION_TRIES = 101;

/** Draws rooms, objects and an instruction from the whole Baby Language (BabyAI's `LevelGen`). */
export function drawMission(b: RoomBuilder, options: MissionOptions = {}): Instr {
  if (b.rng.uniform(0, 1) < (options.lockedRoomProb ?? 0.5)) addLockedRoom(b);
  b.connect();
  b.distract(options.numDists ?? 18, { unique: false });
  do b.agent();
  while (b.lockedNow && b.agentRoom() === b.rememberedRoom);
  if (!(options.unblocking ?? true)) b.requireReachable();
  return drawInstr(b, options, options.instrKinds ?? ['action', 'and', 'seq']);
}

function addLockedRoom(b: RoomBuilder): void {
  if (b.cols * b.rows === 1)
    throw new EndlessGenerationError('a single room cannot be locked: it has no neighbour');
  let i: number;
  let j: number;
  let side: number;
  do {
    i = b.int(0, b.cols);
    j = b.int(0, b.rows);
    side = b.int(0, 4);
  } while (b.neighbor(b.room(i, j), side) < 0);
  const room = b.room(i, j);
  b.rememberedRoom = room;
  b.lockedNow = true;
  const door = b.door(i, j, { side, locked: true });
  do {
    i = b.int(0, b.cols);
    j = b.int(0, b.rows);
  } while (b.room(i, j) === room);
  b.object(i, j, 'key', b.state.objectColor[door]);
}

function drawInstr(b: RoomBuilder, options: MissionOptions, kinds: readonly InstrKind[]): Instr {
  const kind = b.pick(kinds);
  if (kind === 'action') return drawAction(b, options);
  const parts: readonly InstrKind[] = kind === 'and' ? ['action'] : ['action', 'and'];
  const first = drawInstr(b, options, parts);
  const second = drawInstr(b, options, parts);
  if (kind === 'and') return and(first, second);
  return b.pick(['before', 'after']) === 'before' ? before(first, second) : after(first, second);
}

function drawAction(b: RoomBuilder, options: MissionOptions): Instr {
  const kind = b.pick(options.actionKinds ?? ['goto', 'pickup', 'open', 'putnext']);
  if (kind === 'goto') return goTo(drawDescription(b, options, DESCRIBED_TYPES));
  if (kind === 'pickup') return pickUp(drawDescription(b, options, LOOSE_TYPES));
  if (kind === 'open') return open(drawDescription(b, options, ['door']));
  const move = drawDescription(b, options, LOOSE_TYPES);
  return putNext(move, drawDescription(b, options, DESCRIBED_TYPES));
}

function drawDescription(
  b: RoomBuilder,
  options: MissionOptions,
  types: readonly DescribedType[],
): ObjDesc {
  const implicitUnlock = options.implicitUnlock ?? true;
  const locations = options.locations ?? true;
  for (let tries = 0; tries < MAX_DESCRIPTION_TRIES; tries++) {
    const colorDraw = b.int(0, 7);
    const color = colorDraw === 0 ? null : COLOR_DRAW_ORDER[colorDraw - 1];
    const type = b.pick(types);
    const loc = locations && b.bool() ? b.pick(LOCATIONS) : null;
    if (hasMatch(b, type, color, loc, !implicitUnlock && b.rememberedRoom >= 0))
      return describe(type, color, loc);
  }
  throw REJECT;
}

function hasMatch(
  b: RoomBuilder,
  type: DescribedType,
  color: (typeof COLOR_DRAW_ORDER)[number] | null,
  loc: (typeof LOCATIONS)[number] | null,
  outsideLockedRoom: boolean,
): boolean {
  const { state } = b;
  const typeIndex = ObjectType[type];
  const colorIndex = color === null ? -1 : COLOR_NAMES.indexOf(color);
  const locIndex = loc === null ? -1 : LOCATIONS.indexOf(loc);
  for (let id = 0; id < state.objectCount; id++)
    if (
      matches(state, id, typeIndex, colorIndex, locIndex) &&
      !(outsideLockedRoom && b.isInRoom(b.rememberedRoom, state.objectX[id], state.objectY[id]))
    )
      return true;
  return false;
}
