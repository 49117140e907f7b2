import type { ColorName } from '../shared/constants.ts';
import { COLOR_NAMES, DIRECTION_VECTORS, ObjectType } from '../shared/constants.ts';
import { cellType, EMPTY_CELL, WALL_CELL } from './cells.ts';
import { type DescribedType, describe, type ObjDesc } from './instructions.ts';
import type { Generator } from './rng.ts';
import { EndlessGenerationError, REJECT, RoomGrid, type RoomGridShape } from './roomGrid.ts';

export type LooseType = 'key' | 'ball' | 'box';

const DRAWN_KINDS = [ObjectType.key, ObjectType.ball, ObjectType.box];
const MAX_PLACE_TRIES = 1001;
/** After this many failed draws of a pose, check whether a valid one exists. */
const POSE_TRIES_BEFORE_CHECK = 500;

/** Is the index one of the 18 pairs of a loose type and a colour? */
function isLoosePair(pair: number): boolean {
  const type = pair & 15;
  return type >= ObjectType.key && type <= ObjectType.box && pair >> 4 < COLOR_NAMES.length;
}

/** What a level's recipe builds with: a room grid, and the objects and the agent in it. */
export class RoomBuilder extends RoomGrid {
  /** Pairs of type and colour that room helpers have placed, for distractors that must be unique. */
  private readonly placedPairs = new Uint8Array(128);
  private readonly floodMarks: Uint8Array;
  private readonly floodStack: Int32Array;
  /** Object to be handed to the agent once the first view has been made, or -1. */
  handOver = -1;

  constructor(shape: RoomGridShape, rng: Generator) {
    super(shape, rng);
    const cells = this.state.codes.length;
    this.floodMarks = new Uint8Array(cells);
    this.floodStack = new Int32Array(cells * 4);
  }

  override begin(): void {
    this.placedPairs.fill(0);
    this.handOver = -1;
    super.begin();
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
      // The agent has no position while it is being placed.
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
      for (let side = 0; side < 4; side++) {
        const next =
          side === 0 ? at + 1 : side === 1 ? at - 1 : side === 2 ? at + stride : at - stride;
        if (marks[next] !== 0) continue;
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
