import { COLOR_DRAW_ORDER, COLOR_NAMES, DoorState, ObjectType } from '../shared/constants.ts';
import { EMPTY_CELL } from './cells.ts';
import type { Generator } from './rng.ts';
import { EnvState } from './state.ts';

/** Thrown (without a stack, it is frequent) to discard a layout and start generation over. */
export const REJECT = { reason: 'layout rejected' } as const;

/** Thrown where Python Minigrid would never return from a reset, because its draws can never succeed. */
export class EndlessGenerationError extends Error {
  override name = 'EndlessGenerationError';
}

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
const NO_DOOR = -1;
const OPENING = -2;
const MAX_CONNECT_ROUNDS = 5001;

/**
 * Minigrid's room grid: rooms in rows and columns that share walls, and the doors between them, added
 * by random draws. The order of draws is part of the contract; rooms are named by (column i, row j).
 */
export class RoomGrid {
  readonly state: EnvState;
  readonly rng: Generator;
  readonly cols: number;
  readonly rows: number;
  protected readonly sizeX: number;
  protected readonly sizeY: number;
  /** Object id of the door on each side of each room, NO_DOOR or OPENING; `room * 4 + side`. */
  private readonly doors: Int16Array;
  private readonly doorX: Int16Array;
  private readonly doorY: Int16Array;
  private readonly locked: Uint8Array;
  private readonly reached: Uint8Array;
  private readonly emptyRooms: Uint16Array;
  /**
   * The room that a level generator locked last, in this generation or an earlier one. Minigrid keeps
   * it over rejected attempts and over resets of the same environment; `lockedNow` tells them apart.
   */
  rememberedRoom = -1;
  lockedNow = false;

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
    this.lockedNow = false;
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
}
