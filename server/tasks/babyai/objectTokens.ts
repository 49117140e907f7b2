import {
  AGENT_VIEW_X,
  AGENT_VIEW_Y,
  COLOR_NAMES,
  ObjectType,
  VIEW_SIZE,
} from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import type { Pose } from './goalFrame.ts';
import { colorOf, EVENT_KINDS, kindColor, type Memory, stateOf, typeOf } from './memory.ts';

/**
 * Objects as tokens: each is a sum of embedding rows that say what it is, where it is, and what the agent has had to do
 * with it. With a memory, the agent's last events are tokens too: what it picked up, dropped, opened, closed and went to.
 */

/** Row numbers; −1 for none. */
export type Rows = Int16Array | Int32Array;

const CELLS = VIEW_SIZE * VIEW_SIZE;
const COLORS = COLOR_NAMES.length;
/** door, key, ball, box */
const KINDS = 4;
const kindOf = (type: number) => type - ObjectType.door;
const isObject = (type: number) => type >= ObjectType.door && type <= ObjectType.box;
const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));

/** Steps ago in classes; each limit is inclusive, and beyond the last there is one more class. */
const FACED_AGO = [0, 3, 8, 20, 50];
const AGO = [1, 3, 6, 10, 16, 25, 40, 60, 90, 140, 220, 350];
function agoClass(limits: readonly number[], ago: number): number {
  const known = limits.findIndex((limit) => ago <= limit);
  return known < 0 ? limits.length : known;
}

/** Rows of the object table. */
const OBJ_CELL = 0;
const OBJ_KIND_COLOR = OBJ_CELL + CELLS;
const OBJ_KIND = OBJ_KIND_COLOR + KINDS * COLORS;
const OBJ_COLOR = OBJ_KIND + KINDS;
const OBJ_STATE = OBJ_COLOR + COLORS;
/** Rows of a policy without memory end here; those of one with memory go on. */
export const OBJECT_ROWS = OBJ_STATE + 3;
/** Remembered objects are placed this far by coordinates. */
const OBJ_REACH = 22;
const OBJ_RIGHT = OBJECT_ROWS;
const OBJ_FORWARD = OBJ_RIGHT + 2 * OBJ_REACH + 1;
const OBJ_REMEMBERED = OBJ_FORWARD + 2 * OBJ_REACH + 1;
const OBJ_FRONTIER = OBJ_REMEMBERED + 1;
const OBJ_FACED = OBJ_FRONTIER + 1;
/** “On your left” and the like mean the pose that the episode began with. */
const OBJ_START_SIDE = OBJ_FACED + FACED_AGO.length + 1;
const OBJ_START_DEPTH = OBJ_START_SIDE + 3;
/** An event's kind, but for the last kind, which has its row further on. */
const EVENT = OBJ_START_DEPTH + 3;
const EVENT_ORDER = EVENT + EVENT_KINDS.length - 1;
const EVENT_ORDERS = 6;
/** A reached target: of which subgoal, and how long ago. */
const OBJ_REACHED = EVENT_ORDER + EVENT_ORDERS;
const OBJ_REACHED_AGO = OBJ_REACHED + SUBGOALS.length;
/** The target of the goal that is kept now: of which subgoal. */
const OBJ_KEPT = OBJ_REACHED_AGO + AGO.length + 1;
/** How many others were faced since. */
const OBJ_FACED_ORDER = OBJ_KEPT + SUBGOALS.length;
const FACED_ORDERS = 8;
const EVENT_WENT = OBJ_FACED_ORDER + FACED_ORDERS;
const EVENT_AGO = EVENT_WENT + 1;
/** Kind and colour of each object beside it. */
const OBJ_BESIDE = EVENT_AGO + AGO.length + 1;
export const OBJECT_ROWS_MEMORY = OBJ_BESIDE + KINDS * COLORS;

/** Places of an object's row numbers. */
const Slot = {
  where: 0,
  kindColor: 1,
  kind: 2,
  color: 3,
  /** A door's state; of an event, its order. */
  state: 4,
  right: 5,
  forward: 6,
  faced: 7,
  frontier: 8,
  startSide: 9,
  startDepth: 10,
  reached: 11,
  ago: 12,
  kept: 13,
  facedOrder: 14,
  beside: 15,
} as const;
const MAX_BESIDE = 4;
export const OBJECT_FEATURES = Slot.beside + MAX_BESIDE;

/** Most tokens of objects and events that a policy reads at once: a view can hold no more. */
export const MAX_OBJECTS = CELLS - 1;
/** Events among them. */
const MAX_EVENTS = 8;

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
    writeThing(out, next, type, image[byte + 1]);
    out[next + Slot.where] = OBJ_CELL + cell;
    if (type === ObjectType.door) out[next + Slot.state] = OBJ_STATE + image[byte + 2];
    count++;
  }
  return count;
}

/** The same with the objects that the agent remembers out of view, and its newest events after them. */
export function rememberedObjectRows(
  memory: Memory,
  pose: Pose,
  out: Rows,
  at: number,
): { objects: number; events: number } {
  const objects = memory.objects(pose, MAX_OBJECTS - MAX_EVENTS);
  let next = at;
  for (const object of objects) {
    const { code, right, forward, lit, facedAgo, reachedAs, beside } = object;
    writeThing(out, next, typeOf(code), colorOf(code));
    const cell = (right + AGENT_VIEW_X) * VIEW_SIZE + AGENT_VIEW_Y - forward;
    out[next + Slot.where] = lit ? OBJ_CELL + cell : OBJ_REMEMBERED;
    if (typeOf(code) === ObjectType.door) out[next + Slot.state] = OBJ_STATE + stateOf(code);
    out[next + Slot.right] = OBJ_RIGHT + OBJ_REACH + clamp(right, OBJ_REACH);
    out[next + Slot.forward] = OBJ_FORWARD + OBJ_REACH + clamp(forward, OBJ_REACH);
    if (object.frontier) out[next + Slot.frontier] = OBJ_FRONTIER;
    out[next + Slot.startSide] = OBJ_START_SIDE + 1 + object.startSide;
    out[next + Slot.startDepth] = OBJ_START_DEPTH + 1 + object.startDepth;
    if (facedAgo >= 0) {
      const since = objects.filter((other) => other.facedAgo >= 0 && other.facedAgo < facedAgo);
      out[next + Slot.faced] = OBJ_FACED + agoClass(FACED_AGO, facedAgo);
      out[next + Slot.facedOrder] = OBJ_FACED_ORDER + Math.min(since.length, FACED_ORDERS - 1);
    }
    if (reachedAs >= 0) {
      out[next + Slot.reached] = OBJ_REACHED + reachedAs;
      out[next + Slot.ago] = OBJ_REACHED_AGO + agoClass(AGO, object.reachedAgo);
    }
    if (object.keptAs >= 0) out[next + Slot.kept] = OBJ_KEPT + object.keptAs;
    writeBeside(out, next, beside);
    next += OBJECT_FEATURES;
  }
  const events = memory.events.slice(-MAX_EVENTS).reverse();
  for (const [order, { kind, code, ago, beside }] of events.entries()) {
    writeThing(out, next, typeOf(code), colorOf(code));
    out[next + Slot.where] = kind === EVENT_KINDS.length - 1 ? EVENT_WENT : EVENT + kind;
    out[next + Slot.state] = EVENT_ORDER + Math.min(order, EVENT_ORDERS - 1);
    out[next + Slot.ago] = EVENT_AGO + agoClass(AGO, ago);
    writeBeside(out, next, beside);
    next += OBJECT_FEATURES;
  }
  return { objects: objects.length, events: events.length };
}

/** What it is; all other slots stay empty. */
function writeThing(out: Rows, at: number, type: number, color: number): void {
  const kind = kindOf(type);
  out.fill(-1, at, at + OBJECT_FEATURES);
  out[at + Slot.kindColor] = OBJ_KIND_COLOR + kind * COLORS + color;
  out[at + Slot.kind] = OBJ_KIND + kind;
  out[at + Slot.color] = OBJ_COLOR + color;
}

function writeBeside(out: Rows, at: number, codes: readonly number[]): void {
  for (const [i, code] of codes.entries()) out[at + Slot.beside + i] = OBJ_BESIDE + kindColor(code);
}

/** Where a token's object lies in the agent's frame, read back from its rows; undefined for an event. */
export function placeOfToken(
  rows: Rows,
  at: number,
): { right: number; forward: number } | undefined {
  if (rows[at + Slot.right] >= 0) {
    return {
      right: rows[at + Slot.right] - OBJ_RIGHT - OBJ_REACH,
      forward: rows[at + Slot.forward] - OBJ_FORWARD - OBJ_REACH,
    };
  }
  const cell = rows[at + Slot.where] - OBJ_CELL;
  if (cell >= CELLS) return undefined;
  return {
    right: Math.floor(cell / VIEW_SIZE) - AGENT_VIEW_X,
    forward: AGENT_VIEW_Y - (cell % VIEW_SIZE),
  };
}
