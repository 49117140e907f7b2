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
import type { Pose } from './goalFrame.ts';
import { kindColor, type Memory, typeOf } from './memory.ts';
import type { Rows } from './objectTokens.ts';
import { MAX_MISSION_WORDS, NUM_WORDS, tokenizeMission } from './vocabulary.ts';

/**
 * Observations as sparse rows. Every input is a sum of embedding rows, so a sample is a short list of row numbers, and
 * only what is seen costs time.
 */

const CELLS = VIEW_SIZE * VIEW_SIZE;
const COLORS = COLOR_NAMES.length;
/** door, key, ball, box */
const KINDS = 4;
const kindOf = (type: number) => type - ObjectType.door;
const isObject = (type: number) => type >= ObjectType.door && type <= ObjectType.box;

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
/** Kept goals are followed this far by coordinates: no world is larger. */
const FAR = 21;
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
/** The remembered map reaches this far around the agent; unlike the view also behind it. */
const MAP_REACH = 8;
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

/** Row numbers of a sentence, WORD_FEATURES a word; cached, since few sentences exist in most levels. */
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
