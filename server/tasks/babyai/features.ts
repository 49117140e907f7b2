import {
  AGENT_VIEW_X,
  AGENT_VIEW_Y,
  COLOR_NAMES,
  DoorState,
  NUM_ACTIONS,
  ObjectType,
  VIEW_SIZE,
} from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import { forwardOf, type Pose, rightOf, worldX, worldY } from './goalFrame.ts';
import { colorOf, kindColor, type Memory, stateOf, typeOf } from './memory.ts';
import { MAX_MISSION_WORDS, NUM_WORDS, tokenizeMission } from './vocabulary.ts';

/**
 * Observations as sparse rows. Every input is a sum of embedding rows, so a sample is a short list of row numbers, and
 * only what is seen costs time.
 */

const CELLS = VIEW_SIZE * VIEW_SIZE;
const COLORS = COLOR_NAMES.length;
/** door, key, ball, box */
const KINDS = 4;
/** Row numbers; −1 for none. */
export type Rows = Int16Array | Int32Array;
const kindOf = (type: number) => type - ObjectType.door;
const isObject = (type: number) => type >= ObjectType.door && type <= ObjectType.box;

/** Rows of the object table, and how many each object uses. */
const OBJ_CELL = 0;
const OBJ_KIND_COLOR = OBJ_CELL + CELLS;
const OBJ_KIND = OBJ_KIND_COLOR + KINDS * COLORS;
const OBJ_COLOR = OBJ_KIND + KINDS;
const OBJ_STATE = OBJ_COLOR + COLORS;
/** A policy without memory has these rows; one with memory has more after them. */
export const OBJECT_ROWS = OBJ_STATE + 3;
/** Remembered objects have coordinates up to this far. */
const OBJ_REACH = 22;
const OBJ_RIGHT = OBJECT_ROWS;
const OBJ_FORWARD = OBJ_RIGHT + 2 * OBJ_REACH + 1;
const OBJ_REMEMBERED = OBJ_FORWARD + 2 * OBJ_REACH + 1;
const OBJ_FRONTIER = OBJ_REMEMBERED + 1;
const OBJ_FACED = OBJ_FRONTIER + 1;
/** Classes of the steps since an object was faced, by their upper bounds; one more class lies beyond the last. */
const FACED_AGO = [0, 3, 8, 20, 50];
/** Sides as seen from the pose at the start of the episode, which “on your left” refers to. */
const OBJ_START_SIDE = OBJ_FACED + FACED_AGO.length + 1;
const OBJ_START_DEPTH = OBJ_START_SIDE + 3;
export const OBJECT_ROWS_MEMORY = OBJ_START_DEPTH + 3;
export const OBJECT_FEATURES = 11;

/** Rows of the word table: the word itself, two neighbours on each side, and its place. */
export const WORD_ROWS = NUM_WORDS * 5 + MAX_MISSION_WORDS;
export const WORD_FEATURES = 6;

/** A goal's target is at most this many cells from the agent, in its own frame. */
export const GOAL_REACH = 6;
export const GOAL_SPAN = 2 * GOAL_REACH + 1;
export const GOAL_CELLS = GOAL_SPAN * GOAL_SPAN;
/** Class of "no target cell within reach". */
export const GOAL_NONE = GOAL_CELLS;
export const NUM_SUBGOALS = SUBGOALS.length;
/** Kept goals have coordinates up to this far. */
const FAR = 12;
const FAR_SPAN = 2 * FAR + 1;

/** Rows of the state table. */
const MAP_STATES = 4;
const STATE_MAP = 0;
const STATE_DIRECTION = STATE_MAP + CELLS * MAP_STATES;
const STATE_CARRY = STATE_DIRECTION + 4;
const STATE_PREVIOUS = STATE_CARRY + 1 + KINDS * COLORS;
const STATE_FRONT = STATE_PREVIOUS + 1 + NUM_ACTIONS;
const STATE_FRONT_DOOR = STATE_FRONT + 2 + KINDS * COLORS;
export const STATE_ROWS = STATE_FRONT_DOOR + 4;
/** The remembered map reaches this far around the agent, also behind it. */
const MAP_REACH = 6;
const MAP_SPAN = 2 * MAP_REACH + 1;
const MAP_CELLS = MAP_SPAN * MAP_SPAN;
const REMEMBERED_STATES = 3;
const STATE_REMEMBERED = STATE_ROWS;
const STATE_PICKED = STATE_REMEMBERED + MAP_CELLS * REMEMBERED_STATES;
const STATE_VIEW_FRONTIER = STATE_PICKED + KINDS * COLORS;
export const STATE_ROWS_MEMORY = STATE_VIEW_FRONTIER + CELLS;
/** Rows of the goal table. */
const GOAL_KIND = 0;
const GOAL_CELL = GOAL_KIND + NUM_SUBGOALS + 1;
const GOAL_X = GOAL_CELL + GOAL_CELLS + 1;
const GOAL_Y = GOAL_X + FAR_SPAN;
export const GOAL_ROWS = GOAL_Y + FAR_SPAN;
const OWN_FEATURES = CELLS + 5;
export const STATE_FEATURES = OWN_FEATURES + MAP_CELLS + 1;
export const GOAL_FEATURES = 4;

/** No goal announced yet. */
export const NO_SUBGOAL = -1;

/**
 * Rows of the agent's map and own state.
 * @param image 147 bytes at `offset`; see `shared/constants.ts`
 * @param previousAction last action of this episode, −1 at its start
 * @param out receives STATE_FEATURES row numbers at `at`
 */
export function stateRows(
  image: Uint8Array,
  offset: number,
  direction: number,
  previousAction: number,
  out: Rows,
  at: number,
): void {
  for (let cell = 0; cell < CELLS; cell++) {
    const type = image[offset + cell * 3];
    let state = 0;
    if (type === ObjectType.wall) state = 1;
    else if (type === ObjectType.empty) state = 2;
    else if (type === ObjectType.door && image[offset + cell * 3 + 2] === DoorState.open) state = 2;
    else if (type !== ObjectType.unseen) state = 3;
    out[at + cell] = STATE_MAP + cell * MAP_STATES + state;
  }
  const own = offset + (AGENT_VIEW_X * VIEW_SIZE + AGENT_VIEW_Y) * 3;
  const carried = image[own];
  const ahead = own - 3;
  const type = image[ahead];
  let next = at + CELLS;
  out[next++] = STATE_DIRECTION + direction;
  out[next++] =
    STATE_CARRY + (isObject(carried) ? 1 + kindOf(carried) * COLORS + image[own + 1] : 0);
  out[next++] = STATE_PREVIOUS + 1 + previousAction;
  out[next++] =
    STATE_FRONT +
    (isObject(type)
      ? 2 + kindOf(type) * COLORS + image[ahead + 1]
      : type === ObjectType.wall
        ? 1
        : 0);
  out[next] = STATE_FRONT_DOOR + (type === ObjectType.door ? 1 + image[ahead + 2] : 0);
}

/**
 * Rows of a goal as the agent sees it from where it stands now.
 * @param subgoal index into SUBGOALS, or NO_SUBGOAL
 * @param right cells to the agent's right; `forward` cells ahead; both ignored without a target
 */
export function goalRows(
  subgoal: number,
  hasTarget: boolean,
  right: number,
  forward: number,
  out: Int32Array,
  at: number,
): void {
  out[at] = GOAL_KIND + 1 + subgoal;
  out[at + 1] = GOAL_CELL + (hasTarget ? goalCell(right, forward) : GOAL_NONE);
  out[at + 2] = hasTarget ? GOAL_X + FAR + clamp(right, FAR) : -1;
  out[at + 3] = hasTarget ? GOAL_Y + FAR + clamp(forward, FAR) : -1;
}

/** Class of a target cell in the agent's frame, GOAL_NONE when it is out of reach. */
export function goalCell(right: number, forward: number): number {
  if (Math.abs(right) > GOAL_REACH || Math.abs(forward) > GOAL_REACH) return GOAL_NONE;
  return (forward + GOAL_REACH) * GOAL_SPAN + right + GOAL_REACH;
}

/** Class of a world cell seen from `pose`; GOAL_NONE for no cell (x below 0) or one out of reach. */
export function goalClass(pose: Pose, x: number, y: number): number {
  return x < 0 ? GOAL_NONE : goalCell(rightOf(pose, x, y), forwardOf(pose, x, y));
}

/** World cell of a goal class, or undefined for GOAL_NONE. */
export function goalToWorld(pose: Pose, cell: number): { x: number; y: number } | undefined {
  if (cell === GOAL_NONE) return undefined;
  const right = (cell % GOAL_SPAN) - GOAL_REACH;
  const forward = Math.floor(cell / GOAL_SPAN) - GOAL_REACH;
  return { x: worldX(pose, right, forward), y: worldY(pose, right, forward) };
}

/**
 * Rows of what the agent remembers of the cells around it, after those of `stateRows`: of a cell in view, whether it
 * borders on the unseen; of one out of view, what it was. −1 (nothing) without memory.
 */
export function memoryRows(memory: Memory | undefined, pose: Pose, out: Rows, at: number): void {
  let next = at + OWN_FEATURES;
  if (!memory) {
    out.fill(-1, next, at + STATE_FEATURES);
    return;
  }
  out[next++] = memory.lastPicked === 0 ? -1 : STATE_PICKED + kindColor(memory.lastPicked);
  for (let forward = -MAP_REACH; forward <= MAP_REACH; forward++) {
    for (let right = -MAP_REACH; right <= MAP_REACH; right++) {
      out[next++] = rememberedRow(memory, pose, right, forward);
    }
  }
}

function rememberedRow(memory: Memory, pose: Pose, right: number, forward: number): number {
  const type = typeOf(memory.codeAt(pose, right, forward));
  if (type === ObjectType.unseen) return -1;
  const free = type === ObjectType.empty;
  if (memory.isLit(pose, right, forward)) {
    if (!free || forward < 0 || Math.abs(right) > AGENT_VIEW_X) return -1;
    if (!memory.isFrontier(pose, right, forward)) return -1;
    return STATE_VIEW_FRONTIER + (right + AGENT_VIEW_X) * VIEW_SIZE + AGENT_VIEW_Y - forward;
  }
  // Objects and doors have tokens of their own.
  if (!free && type !== ObjectType.wall) return -1;
  const state = !free ? 0 : memory.isFrontier(pose, right, forward) ? 2 : 1;
  const cell = (forward + MAP_REACH) * MAP_SPAN + right + MAP_REACH;
  return STATE_REMEMBERED + cell * REMEMBERED_STATES + state;
}

const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));

/** Most objects that a policy reads at once: a view can hold no more. */
export const MAX_OBJECTS = CELLS - 1;

/**
 * Objects in view, OBJECT_FEATURES row numbers each, written from `at` on; the carried object, which
 * Minigrid draws in the agent's own cell, is not among them.
 * @returns how many there are, at most MAX_OBJECTS
 */
export function objectRows(image: Uint8Array, offset: number, out: Rows, at: number): number {
  const own = AGENT_VIEW_X * VIEW_SIZE + AGENT_VIEW_Y;
  let count = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const byte = offset + cell * 3;
    const type = image[byte];
    if (!isObject(type) || cell === own) continue;
    const next = at + count * OBJECT_FEATURES;
    writeObject(out, next, cell, type, image[byte + 1], image[byte + 2]);
    out.fill(-1, next + 5, next + OBJECT_FEATURES);
    count++;
  }
  return count;
}

/** As `objectRows`, with the objects remembered out of view and what the memory knows of each. */
export function rememberedObjectRows(memory: Memory, pose: Pose, out: Rows, at: number): number {
  const objects = memory.objects(pose, MAX_OBJECTS);
  for (const [i, object] of objects.entries()) {
    const { code, right, forward, lit, facedAgo } = object;
    const next = at + i * OBJECT_FEATURES;
    const cell = lit ? (right + AGENT_VIEW_X) * VIEW_SIZE + AGENT_VIEW_Y - forward : -1;
    writeObject(out, next, cell, typeOf(code), colorOf(code), stateOf(code));
    if (!lit) out[next] = OBJ_REMEMBERED;
    out[next + 5] = OBJ_RIGHT + OBJ_REACH + clamp(right, OBJ_REACH);
    out[next + 6] = OBJ_FORWARD + OBJ_REACH + clamp(forward, OBJ_REACH);
    out[next + 7] = facedAgo < 0 ? -1 : OBJ_FACED + facedClass(facedAgo);
    out[next + 8] = object.frontier ? OBJ_FRONTIER : -1;
    out[next + 9] = OBJ_START_SIDE + 1 + object.startSide;
    out[next + 10] = OBJ_START_DEPTH + 1 + object.startDepth;
  }
  return objects.length;
}

function writeObject(
  out: Rows,
  at: number,
  cell: number,
  type: number,
  color: number,
  state: number,
): void {
  const kind = kindOf(type);
  out[at] = OBJ_CELL + cell;
  out[at + 1] = OBJ_KIND_COLOR + kind * COLORS + color;
  out[at + 2] = OBJ_KIND + kind;
  out[at + 3] = OBJ_COLOR + color;
  out[at + 4] = type === ObjectType.door ? OBJ_STATE + state : -1;
}

function facedClass(ago: number): number {
  const known = FACED_AGO.findIndex((limit) => ago <= limit);
  return known < 0 ? FACED_AGO.length : known;
}

/** Row numbers of a sentence, WORD_FEATURES a word. Cached, because most levels have few sentences. */
export function missionRows(mission: string): Int32Array {
  const known = missionCache.get(mission);
  if (known) return known;
  const words = tokenizeMission(mission);
  const rows = new Int32Array(words.length * WORD_FEATURES);
  for (let i = 0; i < words.length; i++) {
    const at = i * WORD_FEATURES;
    for (let side = -2; side <= 2; side++) {
      const neighbour = i + side;
      const inside = neighbour >= 0 && neighbour < words.length;
      rows[at + side + 2] = inside ? (side + 2) * NUM_WORDS + words[neighbour] : -1;
    }
    rows[at + 5] = NUM_WORDS * 5 + i;
  }
  if (missionCache.size > 20_000) missionCache.clear();
  missionCache.set(mission, rows);
  return rows;
}
const missionCache = new Map<string, Int32Array>();
