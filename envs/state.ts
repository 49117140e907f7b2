import { DIRECTION_VECTORS, DoorState, ObjectType } from '../shared/constants.ts';
import { cellColor, cellState, EMPTY_CELL, packCell, WALL_CELL } from './cells.ts';
import type { Instr } from './instructions.ts';
import { fromInstr, missionText } from './sentence.ts';

/** Cells of wall kept around the grid, so that no view reaches outside the arrays. */
export const PADDING = 6;

/**
 * Everything about a running episode, live: the environment changes it in place. Coordinates are world
 * cells, x to the right and y down, from (0, 0); a "cell" as one number is `y * width + x`.
 */
export class EnvState {
  readonly width: number;
  readonly height: number;
  /** Outer size of one room, walls included; neighbours share a wall. */
  readonly roomWidth: number;
  readonly roomHeight: number;
  /** Row length of the padded arrays `codes` and `ids`. */
  readonly stride: number;
  /** Packed cell codes (see cells.ts), padded; the agent and what it carries are not drawn in. */
  readonly codes: Uint16Array;
  /** Object id in each padded cell, -1 for none (walls have none). */
  readonly ids: Int16Array;
  /** Padded index offset of one step ahead, by direction. */
  readonly stepOffsets: readonly number[];

  agentX = 0;
  agentY = 0;
  agentDir = 0;
  /** Padded index of the agent's cell; kept in step with agentX and agentY. */
  agentIndex = 0;
  /** Id of the object in the agent's hands, or -1. */
  carrying = -1;

  objectCount = 0;
  objectType = new Uint8Array(64);
  objectColor = new Uint8Array(64);
  /** Where the object lies; -1 while it is carried, inside a box, or gone. */
  objectX = new Int16Array(64);
  objectY = new Int16Array(64);
  /** Id of the object inside a box, or -1. */
  objectContains = new Int16Array(64);

  stepCount = 0;
  maxSteps = 0;
  instruction!: Instr;
  private sentence: string | undefined;

  constructor(width: number, height: number, roomWidth = width, roomHeight = height) {
    this.width = width;
    this.height = height;
    this.roomWidth = roomWidth;
    this.roomHeight = roomHeight;
    this.stride = width + 2 * PADDING;
    const size = this.stride * (height + 2 * PADDING);
    this.codes = new Uint16Array(size).fill(WALL_CELL);
    this.ids = new Int16Array(size).fill(-1);
    this.stepOffsets = DIRECTION_VECTORS.map(([dx, dy]) => dy * this.stride + dx);
  }

  /** The mission sentence; made when first asked for, constant during an episode. */
  get mission(): string {
    this.sentence ??= missionText(fromInstr(this.instruction));
    return this.sentence;
  }
  setInstruction(instruction: Instr): void {
    this.instruction = instruction;
    this.sentence = undefined;
  }

  /** Padded index of a world cell. */
  index(x: number, y: number): number {
    return (y + PADDING) * this.stride + x + PADDING;
  }
  isInside(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }
  /** Packed code of a cell; everything outside the grid is wall. */
  codeAt(x: number, y: number): number {
    return this.isInside(x, y) ? this.codes[this.index(x, y)] : WALL_CELL;
  }
  /** Id of the object in a cell, or -1. */
  objectAt(x: number, y: number): number {
    return this.isInside(x, y) ? this.ids[this.index(x, y)] : -1;
  }

  get frontX(): number {
    return this.agentX + DIRECTION_VECTORS[this.agentDir][0];
  }
  get frontY(): number {
    return this.agentY + DIRECTION_VECTORS[this.agentDir][1];
  }
  frontIndex(): number {
    return this.agentIndex + this.stepOffsets[this.agentDir];
  }
  /** World cell ahead of the agent, `y * width + x`. */
  frontCell(): number {
    return this.frontY * this.width + this.frontX;
  }
  frontCode(): number {
    return this.codes[this.frontIndex()];
  }
  frontObject(): number {
    return this.ids[this.frontIndex()];
  }

  /** World cell of an object, `y * width + x`; meaningful only where it lies in the grid. */
  objectCell(id: number): number {
    return this.objectY[id] * this.width + this.objectX[id];
  }
  isInGrid(id: number): boolean {
    const x = this.objectX[id];
    return x >= 0 && this.ids[this.index(x, this.objectY[id])] === id;
  }
  /** A door's state as in an observation: open 0, closed 1, locked 2. */
  doorState(id: number): number {
    return cellState(this.codes[this.index(this.objectX[id], this.objectY[id])]);
  }
  isDoor(id: number): boolean {
    return this.objectType[id] === ObjectType.door;
  }

  setAgent(x: number, y: number, dir: number): void {
    this.agentX = x;
    this.agentY = y;
    this.agentDir = dir;
    this.agentIndex = this.index(x, y);
  }

  /** One step in the direction that the agent faces; the caller knows that the way is free. */
  moveAhead(): void {
    const [dx, dy] = DIRECTION_VECTORS[this.agentDir];
    this.agentX += dx;
    this.agentY += dy;
    this.agentIndex += this.stepOffsets[this.agentDir];
  }

  /** Adds an object to the table, nowhere yet. Returns its id. */
  addObject(type: number, color: number, contains = -1): number {
    const id = this.objectCount++;
    if (id === this.objectType.length) this.growObjects();
    this.objectType[id] = type;
    this.objectColor[id] = color;
    this.objectX[id] = -1;
    this.objectY[id] = -1;
    this.objectContains[id] = contains;
    return id;
  }
  private growObjects(): void {
    const grow = <T extends Uint8Array | Int16Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const size = this.objectType.length * 2;
    this.objectType = grow(this.objectType, new Uint8Array(size));
    this.objectColor = grow(this.objectColor, new Uint8Array(size));
    this.objectX = grow(this.objectX, new Int16Array(size));
    this.objectY = grow(this.objectY, new Int16Array(size));
    this.objectContains = grow(this.objectContains, new Int16Array(size));
  }

  /** Lays an object into a cell; a door starts in `doorState`. Whatever was there is drawn over. */
  putObject(id: number, x: number, y: number, doorState: number = DoorState.closed): void {
    const type = this.objectType[id];
    const at = this.index(x, y);
    this.codes[at] = packCell(type, this.objectColor[id], type === ObjectType.door ? doorState : 0);
    this.ids[at] = id;
    this.objectX[id] = x;
    this.objectY[id] = y;
  }
  /** Changes a door's state, or an object's colour, where it lies. */
  redraw(id: number, doorState = 0): void {
    this.putObject(id, this.objectX[id], this.objectY[id], doorState);
  }
  /** Empties the cell that an object lies in. The object's own record is left to the caller. */
  clearCell(at: number): void {
    this.codes[at] = EMPTY_CELL;
    this.ids[at] = -1;
  }

  /** Code of what the agent's own view cell shows: the carried object, or empty floor. */
  handCode(): number {
    const id = this.carrying;
    return id < 0 ? EMPTY_CELL : packCell(this.objectType[id], this.objectColor[id]);
  }

  /** Minigrid's grid encoding: width*height*3 bytes, byte `(x*height + y)*3 + c`, without the agent. */
  gridBytes(into = new Uint8Array(this.width * this.height * 3)): Uint8Array {
    let at = 0;
    for (let x = 0; x < this.width; x++)
      for (let y = 0; y < this.height; y++) {
        const code = this.codes[this.index(x, y)];
        into[at++] = code & 15;
        into[at++] = cellColor(code);
        into[at++] = cellState(code);
      }
    return into;
  }

  /** Unsigned 32-bit hash (FNV-1a) of grid, agent, carried object and step count. */
  hash(withTime = true): number {
    let hash = 0x811c9dc5 | 0;
    const codes = this.codes;
    for (let y = 0; y < this.height; y++) {
      const row = this.index(0, y);
      for (let at = row; at < row + this.width; at++)
        hash = Math.imul(hash ^ codes[at], 0x01000193);
    }
    for (const value of [
      this.agentX,
      this.agentY,
      this.agentDir,
      this.carrying < 0 ? 0 : this.handCode(),
      this.carrying < 0 ? 0 : this.objectContains[this.carrying] + 1,
      withTime ? this.stepCount : 0,
    ])
      hash = Math.imul(hash ^ value, 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }
}
