import type { ColorName } from '../shared/constants.ts';
import {
  COLOR_DRAW_ORDER,
  COLOR_NAMES,
  DIRECTION_VECTORS,
  DoorState,
  ObjectType,
} from '../shared/constants.ts';
import { cellType, EMPTY_CELL, WALL_CELL } from './cells.ts';
import { type DescribedType, describe, type ObjDesc } from './instructions.ts';
import type { Generator } from './rng.ts';
import { EnvState } from './state.ts';

/** Thrown (without a stack, it is frequent) to discard a layout and start generation over. */
export const REJECT = { reason: 'layout rejected' } as const;

/** Thrown where Python Minigrid would never return from a reset, because its draws can never succeed. */
export class EndlessGenerationError extends Error {
  override name = 'EndlessGenerationError';
}

export type LooseType = 'key' | 'ball' | 'box';
export interface RoomGridShape {
  readonly roomSize: number;
  readonly rows: number;
  readonly cols: number;
  /** Height of a room where it differs from `roomSize`, which then is its width. */
  readonly roomHeight?: number;
}

/** Room sides, as doors are numbered: right, down, left, up. */
export const Side = { right: 0, down: 1, left: 2, up: 3 } as const;

const SIDES = [Side.right, Side.down, Side.left, Side.up];
const DRAWN_COLORS = COLOR_DRAW_ORDER.map((name) => COLOR_NAMES.indexOf(name));
const DRAWN_KINDS = [ObjectType.key, ObjectType.ball, ObjectType.box];
const NO_DOOR = -1;
const OPENING = -2;
const MAX_PLACE_TRIES = 1001;
const MAX_CONNECT_ROUNDS = 5001;
/** After this many poses in vain, it is worth looking whether there is one at all. */
const POSE_TRIES_BEFORE_CHECK = 500;

/** Is the index one of the 18 pairs of a loose type and a colour? */
function isLoosePair(pair: number): boolean {
  const type = pair & 15;
  return type >= ObjectType.key && type <= ObjectType.box && pair >> 4 < COLOR_NAMES.length;
}

/**
 * Minigrid's room grid: rooms in rows and columns that share walls, objects and doors added by random
 * draws. The order of draws is part of the contract; rooms are named by (column i, row j).
 */
export class RoomBuilder {
  readonly state: EnvState;
  readonly rng: Generator;
  readonly cols: number;
  readonly rows: number;
  private readonly sizeX: number;
  private readonly sizeY: number;
  /** Object id of the door on each side of each room, NO_DOOR or OPENING; `room * 4 + side`. */
  private readonly doors: Int16Array;
  private readonly doorX: Int16Array;
  private readonly doorY: Int16Array;
  private readonly locked: Uint8Array;
  private readonly reached: Uint8Array;
  /** Pairs of type and colour that room helpers have placed, for distractors that must be unique. */
  private readonly placedPairs = new Uint8Array(128);
  private readonly emptyRooms: Uint16Array;
  private readonly floodMarks: Uint8Array;
  private readonly floodStack: Int32Array;
  /**
   * The room that a level generator locked last, in this generation or an earlier one. Minigrid keeps
   * it over rejected attempts and over resets of the same environment; `lockedNow` tells them apart.
   */
  rememberedRoom = -1;
  lockedNow = false;
  /** Object to be handed to the agent once the first view has been made, or -1. */
  handOver = -1;

  constructor(shape: RoomGridShape, rng: Generator) {
    this.rng = rng;
    this.cols = shape.cols;
    this.rows = shape.rows;
    this.sizeX = shape.roomSize;
    this.sizeY = shape.roomHeight ?? shape.roomSize;
    const rooms = shape.cols * shape.rows;
    const width = (this.sizeX - 1) * shape.cols + 1;
    const height = (this.sizeY - 1) * shape.rows + 1;
    this.state = new EnvState(width, height, this.sizeX, this.sizeY);
    this.doors = new Int16Array(rooms * 4);
    this.doorX = new Int16Array(rooms * 4);
    this.doorY = new Int16Array(rooms * 4);
    this.locked = new Uint8Array(rooms);
    this.reached = new Uint8Array(rooms);
    this.emptyRooms = this.state.codes.slice();
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        if (x % (this.sizeX - 1) !== 0 && y % (this.sizeY - 1) !== 0)
          this.emptyRooms[this.state.index(x, y)] = EMPTY_CELL;
    this.floodMarks = new Uint8Array(this.emptyRooms.length);
    this.floodStack = new Int32Array(this.emptyRooms.length * 4);
  }

  /** Empty rooms with their door positions drawn, and the provisional agent in the middle room. */
  begin(): void {
    const state = this.state;
    state.codes.set(this.emptyRooms);
    state.ids.fill(-1);
    state.objectCount = 0;
    state.carrying = -1;
    this.doors.fill(NO_DOOR);
    this.locked.fill(0);
    this.placedPairs.fill(0);
    this.lockedNow = false;
    this.handOver = -1;
    for (let j = 0; j < this.rows; j++)
      for (let i = 0; i < this.cols; i++) {
        const left = i * (this.sizeX - 1);
        const top = j * (this.sizeY - 1);
        const at = (j * this.cols + i) * 4;
        if (i < this.cols - 1) {
          const y = this.int(top + 1, top + this.sizeY - 1);
          this.setDoorPosition(at + Side.right, at + 4 + Side.left, left + this.sizeX - 1, y);
        }
        if (j < this.rows - 1) {
          const x = this.int(left + 1, left + this.sizeX - 1);
          const below = at + this.cols * 4;
          this.setDoorPosition(at + Side.down, below + Side.up, x, top + this.sizeY - 1);
        }
      }
    state.setAgent(
      (this.cols >> 1) * (this.sizeX - 1) + (this.sizeX >> 1),
      (this.rows >> 1) * (this.sizeY - 1) + (this.sizeY >> 1),
      0,
    );
  }
  private setDoorPosition(here: number, there: number, x: number, y: number): void {
    this.doorX[here] = this.doorX[there] = x;
    this.doorY[here] = this.doorY[there] = y;
  }

  // --- draws -----------------------------------------------------------------------------------

  int(low: number, high: number): number {
    return this.rng.integers(low, high);
  }
  bool(): boolean {
    return this.rng.integers(0, 2) === 0;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.rng.integers(0, list.length)];
  }
  /** `count` different elements, in the order drawn. */
  subset<T>(list: readonly T[], count: number): T[] {
    const rest = list.slice();
    const drawn: T[] = [];
    while (drawn.length < count) drawn.push(rest.splice(this.rng.integers(0, rest.length), 1)[0]);
    return drawn;
  }
  color(): number {
    return DRAWN_COLORS[this.rng.integers(0, 6)];
  }
  /** Colour indices in the order of drawing, without `except`. */
  colors(except = -1): number[] {
    return DRAWN_COLORS.filter((color) => color !== except);
  }

  reject(): never {
    throw REJECT;
  }

  // --- rooms -----------------------------------------------------------------------------------

  room(i: number, j: number): number {
    return j * this.cols + i;
  }
  /** Room that the agent stands in. */
  agentRoom(): number {
    return this.room(
      Math.floor(this.state.agentX / (this.sizeX - 1)),
      Math.floor(this.state.agentY / (this.sizeY - 1)),
    );
  }
  /** The room beyond a side, or -1. */
  neighbor(room: number, side: number): number {
    const i = room % this.cols;
    if (side === Side.right) return i < this.cols - 1 ? room + 1 : -1;
    if (side === Side.left) return i > 0 ? room - 1 : -1;
    if (side === Side.down) return room + this.cols < this.rows * this.cols ? room + this.cols : -1;
    return room >= this.cols ? room - this.cols : -1;
  }
  /** Is the cell in the room, its walls included? */
  isInRoom(room: number, x: number, y: number): boolean {
    const left = (room % this.cols) * (this.sizeX - 1);
    const top = Math.floor(room / this.cols) * (this.sizeY - 1);
    return x >= left && y >= top && x < left + this.sizeX && y < top + this.sizeY;
  }
  /** Ids of the doors of all rooms, column by column; a door between two rooms comes twice. */
  doorsOfRooms(): number[] {
    const ids: number[] = [];
    for (let i = 0; i < this.cols; i++)
      for (let j = 0; j < this.rows; j++)
        for (let side = 0; side < 4; side++) {
          const id = this.doors[this.room(i, j) * 4 + side];
          if (id >= 0) ids.push(id);
        }
    return ids;
  }

  /** Adds a door; side, colour and lock are drawn, in this order, where not given. Returns its id. */
  door(
    i: number,
    j: number,
    options: { side?: number; color?: number; locked?: boolean } = {},
  ): number {
    const room = this.room(i, j);
    let side = options.side ?? -1;
    if (side < 0 && !SIDES.some((free) => this.canHaveDoor(room, free)))
      throw new EndlessGenerationError(`room (${i}, ${j}) has no side left for a door`);
    while (side < 0 || !this.canHaveDoor(room, side)) side = this.int(0, 4);
    const color = options.color ?? this.color();
    const locked = options.locked ?? this.bool();
    // Marked on this side only, and a later door of the same room overwrites it: Minigrid's way.
    this.locked[room] = locked ? 1 : 0;
    const id = this.state.addObject(ObjectType.door, color);
    const x = this.doorX[room * 4 + side];
    const y = this.doorY[room * 4 + side];
    this.state.putObject(id, x, y, locked ? DoorState.locked : DoorState.closed);
    this.linkRooms(room, side, id);
    return id;
  }
  private canHaveDoor(room: number, side: number): boolean {
    return this.neighbor(room, side) >= 0 && this.doors[room * 4 + side] === NO_DOOR;
  }
  private linkRooms(room: number, side: number, value: number): void {
    this.doors[room * 4 + side] = value;
    this.doors[this.neighbor(room, side) * 4 + ((side + 2) & 3)] = value;
  }

  /** Takes the whole wall between two rooms away, its ends excepted. */
  removeWall(i: number, j: number, side: number): void {
    const room = this.room(i, j);
    const left = i * (this.sizeX - 1);
    const top = j * (this.sizeY - 1);
    if (side === Side.right || side === Side.left) {
      const x = side === Side.right ? left + this.sizeX - 1 : left;
      for (let y = top + 1; y < top + this.sizeY - 1; y++)
        this.state.clearCell(this.state.index(x, y));
    } else {
      const y = side === Side.down ? top + this.sizeY - 1 : top;
      for (let x = left + 1; x < left + this.sizeX - 1; x++)
        this.state.clearCell(this.state.index(x, y));
    }
    this.linkRooms(room, side, OPENING);
  }

  /** Adds unlocked doors until every room can be reached from the agent's through doors. */
  connect(colors: readonly number[] = DRAWN_COLORS): void {
    const reached = this.reached;
    reached.fill(0);
    let count = this.spread(this.agentRoom());
    for (let round = 0; ; round++) {
      if (round >= MAX_CONNECT_ROUNDS) throw REJECT;
      if (count === reached.length) return;
      const i = this.int(0, this.cols);
      const j = this.int(0, this.rows);
      const side = this.int(0, 4);
      const room = this.room(i, j);
      const other = this.neighbor(room, side);
      if (other < 0 || this.doors[room * 4 + side] !== NO_DOOR) continue;
      if (this.locked[room] || this.locked[other]) continue;
      this.door(i, j, { side, color: this.pick(colors), locked: false });
      if (reached[room] !== reached[other]) count += this.spread(reached[room] ? other : room);
    }
  }
  /** Marks every room reachable from `start`; returns how many are new. */
  private spread(start: number): number {
    if (this.reached[start]) return 0;
    this.reached[start] = 1;
    let count = 1;
    for (let side = 0; side < 4; side++)
      if (this.doors[start * 4 + side] !== NO_DOOR)
        count += this.spread(this.neighbor(start, side));
    return count;
  }

  // --- objects ---------------------------------------------------------------------------------

  /** Adds a loose object to a room; kind and colour are drawn where not given. Returns its id. */
  object(i: number, j: number, kind?: LooseType, color?: number): number {
    const type = kind === undefined ? this.pick(DRAWN_KINDS) : ObjectType[kind];
    return this.place(i, j, this.state.addObject(type, color ?? this.color()));
  }

  /** Lays an object of the table somewhere in a room, at least two steps from the agent. */
  place(i: number, j: number, id: number): number {
    this.drawFreeCell(i, j, 2);
    this.state.putObject(id, this.drawnX, this.drawnY);
    this.placedPairs[this.state.objectType[id] | (this.state.objectColor[id] << 4)] = 1;
    return id;
  }
  private drawnX = 0;
  private drawnY = 0;
  private drawFreeCell(i: number, j: number, distance: number): void {
    const { state, rng } = this;
    const left = i * (this.sizeX - 1);
    const top = j * (this.sizeY - 1);
    for (let tries = 0; tries < MAX_PLACE_TRIES; tries++) {
      const x = rng.integers(left, left + this.sizeX);
      const y = rng.integers(top, top + this.sizeY);
      if (state.codes[state.index(x, y)] !== EMPTY_CELL) continue;
      if (Math.abs(x - state.agentX) + Math.abs(y - state.agentY) < distance) continue;
      this.drawnX = x;
      this.drawnY = y;
      return;
    }
    throw REJECT;
  }

  /** Adds `count` random objects; room coordinates are drawn for each where not given. */
  distract(count: number, options: { i?: number; j?: number; unique?: boolean } = {}): number[] {
    const ids: number[] = [];
    const unique = options.unique ?? true;
    while (ids.length < count) {
      const color = this.color();
      const type = DRAWN_KINDS[this.int(0, 3)];
      if (unique && this.placedPairs[type | (color << 4)]) {
        if (this.placedPairs.every((placed, pair) => placed || !isLoosePair(pair)))
          throw new EndlessGenerationError(
            'no pair of type and colour is left for an object that must be unique',
          );
        continue;
      }
      const i = options.i ?? this.int(0, this.cols);
      const j = options.j ?? this.int(0, this.rows);
      ids.push(this.place(i, j, this.state.addObject(type, color)));
    }
    return ids;
  }

  /** Places the agent in a room (drawn where not given), not right in front of an object or a door. */
  agent(i?: number, j?: number): void {
    const { state } = this;
    const column = i ?? this.int(0, this.cols);
    const row = j ?? this.int(0, this.rows);
    for (let tries = 1; ; tries++) {
      // Nobody stands anywhere while the agent is being placed.
      state.setAgent(-1, -1, state.agentDir);
      this.drawFreeCell(column, row, 0);
      state.setAgent(this.drawnX, this.drawnY, this.int(0, 4));
      const ahead = state.frontCode();
      if (ahead === EMPTY_CELL || ahead === WALL_CELL) return;
      if (tries === POSE_TRIES_BEFORE_CHECK && !this.hasAgentPose(column, row))
        throw new EndlessGenerationError(
          `room (${column}, ${row}) has no pose left for the agent: every free cell of it faces objects or doors only`,
        );
    }
  }
  private hasAgentPose(i: number, j: number): boolean {
    const { state } = this;
    const isFreeAhead = (x: number, y: number) => {
      const code = state.codeAt(x, y);
      return code === EMPTY_CELL || code === WALL_CELL;
    };
    for (let x = i * (this.sizeX - 1); x < i * (this.sizeX - 1) + this.sizeX; x++)
      for (let y = j * (this.sizeY - 1); y < j * (this.sizeY - 1) + this.sizeY; y++)
        if (
          state.codeAt(x, y) === EMPTY_CELL &&
          DIRECTION_VECTORS.some(([dx, dy]) => isFreeAhead(x + dx, y + dy))
        )
          return true;
    return false;
  }

  // --- what recipes ask ------------------------------------------------------------------------

  /** Can every object and door be reached from the agent through free cells and doors of any state? */
  allReachable(): boolean {
    const { state, floodMarks: marks, floodStack: stack } = this;
    const { codes, ids, stride } = state;
    marks.fill(0);
    let top = 0;
    stack[top++] = state.agentIndex;
    marks[state.agentIndex] = 1;
    while (top > 0) {
      const at = stack[--top];
      const code = codes[at];
      if (code !== EMPTY_CELL && cellType(code) !== ObjectType.door) continue;
      for (const next of [at + 1, at - 1, at + stride, at - stride])
        if (marks[next] === 0) {
          marks[next] = 1;
          if (codes[next] !== WALL_CELL) stack[top++] = next;
        }
    }
    for (let id = 0; id < state.objectCount; id++) {
      const x = state.objectX[id];
      if (x < 0) continue;
      const at = state.index(x, state.objectY[id]);
      if (ids[at] === id && marks[at] === 0) return false;
    }
    return true;
  }
  requireReachable(): void {
    if (!this.allReachable()) throw REJECT;
  }

  typeOf(id: number): DescribedType {
    const type = this.state.objectType[id];
    return type === ObjectType.key
      ? 'key'
      : type === ObjectType.ball
        ? 'ball'
        : type === ObjectType.box
          ? 'box'
          : 'door';
  }
  colorOf(id: number): ColorName {
    return COLOR_NAMES[this.state.objectColor[id]];
  }
  /** "the red ball": type and colour of an object. */
  describe(id: number): ObjDesc {
    return describe(this.typeOf(id), this.colorOf(id));
  }
}
