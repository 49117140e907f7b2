import { ObjectType } from '../../shared/constants.ts';
import { cellType, EMPTY_CELL, OPAQUE, TYPE_MASK } from '../cells.ts';
import { type EnvState, PADDING } from '../state.ts';
import { markSeen } from '../view.ts';

/**
 * What the bot knows of the world (which cells it has seen), and one breadth-first search over it,
 * run only as far as questions need it. Cells are padded indices of the state (`EnvState.index`).
 *
 * The search goes in two waves. The first walks through free cells and open doors. The second goes
 * on from everything the first touched, and may also pass through keys, balls and boxes. A cell that
 * was never seen is touched but not passed. Among equals, going straight on is tried first; the
 * order of visits decides ties exactly as in Minigrid's bot.
 */
export class BotMap {
  state!: EnvState;
  /** 1 where a cell has been in view since the episode began. */
  seen = new Uint8Array(0);

  /** Touched cells in the order of the search, `touched` of them so far. */
  private order = new Int32Array(0);
  private touched = 0;
  /** Steps from the agent; valid where `mark` holds `generation`. */
  private distance = new Int16Array(0);
  /** Cell of the first step on the way. */
  private firstStep = new Int32Array(0);
  private heading = new Uint8Array(0);
  private rank = new Int32Array(0);
  private mark = new Uint32Array(0);
  private generation = 0;
  private head = 0;
  /** Number of cells that the first wave touched, or -1 while it runs. */
  private firstWave = -1;
  private blockers = new Int32Array(0);
  private blockerCount = 0;
  private blockerHead = 0;
  /** The three other ways to go after each heading, straight on first. */
  private turns = new Int32Array(16);
  private turnHeadings = new Uint8Array(16);

  /** Forgets everything and looks at a new episode. */
  reset(state: EnvState): void {
    const size = state.codes.length;
    if (this.seen.length !== size || this.state?.stride !== state.stride) {
      this.seen = new Uint8Array(size);
      this.order = new Int32Array(size);
      this.distance = new Int16Array(size);
      this.firstStep = new Int32Array(size);
      this.heading = new Uint8Array(size);
      this.rank = new Int32Array(size);
      this.mark = new Uint32Array(size);
      this.blockers = new Int32Array(size);
      this.generation = 0;
      // Straight on, then the diagonal mirror image of it, then its opposite, then back.
      const order = [
        [0, 1, 3, 2],
        [1, 0, 2, 3],
        [2, 3, 1, 0],
        [3, 2, 0, 1],
      ];
      for (let dir = 0; dir < 4; dir++)
        for (let k = 0; k < 4; k++) {
          this.turnHeadings[dir * 4 + k] = order[dir][k];
          this.turns[dir * 4 + k] = state.stepOffsets[order[dir][k]];
        }
    } else this.seen.fill(0);
    this.state = state;
  }

  /** Adds the agent's present view to what was seen, and forgets the last search. */
  look(): void {
    markSeen(this.state, this.seen);
    this.startSearch();
  }

  private startSearch(): void {
    this.generation++;
    const start = this.state.agentIndex;
    this.order[0] = start;
    this.touched = 1;
    this.mark[start] = this.generation;
    this.distance[start] = 0;
    this.firstStep[start] = start;
    this.heading[start] = this.state.agentDir;
    this.rank[start] = 0;
    this.head = 0;
    this.firstWave = -1;
    this.blockerCount = 0;
    this.blockerHead = 0;
  }

  /** Passes through the next cell. False where the present wave has nothing more to touch. */
  private expand(secondWave: boolean): boolean {
    const { codes } = this.state;
    const cells = this.order;
    if (this.firstWave < 0) {
      while (this.head < this.touched) {
        const cell = cells[this.head++];
        const code = codes[cell];
        if (this.seen[cell] === 0 || (code & OPAQUE) !== 0) continue;
        if ((code & TYPE_MASK) >= ObjectType.key) {
          this.blockers[this.blockerCount++] = cell;
          continue;
        }
        this.touchNeighbours(cell, this.heading[cell]);
        return true;
      }
      this.firstWave = this.touched;
    }
    if (!secondWave) return false;
    if (this.blockerHead < this.blockerCount) {
      // The second wave has no heading yet: it starts as if facing right.
      this.touchNeighbours(this.blockers[this.blockerHead++], 0);
      return true;
    }
    while (this.head < this.touched) {
      const cell = cells[this.head++];
      if (this.seen[cell] === 0 || (codes[cell] & OPAQUE) !== 0) continue;
      this.touchNeighbours(cell, this.heading[cell]);
      return true;
    }
    return false;
  }

  private touchNeighbours(cell: number, heading: number): void {
    const { mark, generation, turns } = this;
    const from = heading * 4;
    for (let k = from; k < from + 4; k++) {
      const next = cell + turns[k];
      if (mark[next] === generation) continue;
      mark[next] = generation;
      this.distance[next] = this.distance[cell] + 1;
      this.firstStep[next] = this.distance[cell] === 0 ? next : this.firstStep[cell];
      this.heading[next] = this.turnHeadings[k];
      this.rank[next] = this.touched;
      this.order[this.touched++] = next;
    }
  }

  /**
   * Steps from the agent onto a cell (0 if it stands there), or -1 where no way is known. With
   * `throughBlockers` the way may pass keys, balls and boxes if there is none without.
   */
  distanceTo(cell: number, throughBlockers: boolean): number {
    while (this.mark[cell] !== this.generation) if (!this.expand(throughBlockers)) return -1;
    return throughBlockers || !this.isBeyondBlockers(cell) ? this.distance[cell] : -1;
  }
  /** After `distanceTo`: whether the way found passes something that has to be moved away. */
  isBeyondBlockers(cell: number): boolean {
    return this.firstWave >= 0 && this.rank[cell] >= this.firstWave;
  }
  /** After `distanceTo`: the cell of the first step on the way. */
  firstStepTo(cell: number): number {
    return this.firstStep[cell];
  }

  /** The first cell in the order of the search that `accepts`, or -1. */
  private first(accepts: (cell: number) => boolean, throughBlockers: boolean): number {
    for (let i = 0; ; i++) {
      while (i >= this.touched) if (!this.expand(throughBlockers)) return -1;
      if (!throughBlockers && this.firstWave >= 0 && i >= this.firstWave) return -1;
      if (accepts(this.order[i])) return this.order[i];
    }
  }

  /** Nearest cell never seen, or -1. */
  nearestUnseen(): number {
    return this.first(this.isUnseen, true);
  }
  private readonly isUnseen = (cell: number) => this.seen[cell] === 0;

  /** Nearest cell within reach that `accepts`, through blockers if need be, or -1. */
  nearest(accepts: (cell: number) => boolean): number {
    return this.first(accepts, true);
  }

  /**
   * Where to lay something down: preferably without cutting the free space in two or hiding an
   * object, else anywhere free; -1 where nothing is free. `except` is a cell to keep free, or -1.
   */
  dropCell(except = -1): number {
    this.keepFree = except;
    let cell = this.first(this.isHarmless, false);
    if (cell < 0) cell = this.first(this.isFree, false);
    if (cell < 0) cell = this.first(this.isHarmless, true);
    if (cell < 0) cell = this.first(this.isFree, true);
    return cell;
  }
  private keepFree = -1;
  private readonly isFree = (cell: number) =>
    this.state.codes[cell] === EMPTY_CELL &&
    this.seen[cell] === 1 &&
    cell !== this.state.agentIndex &&
    cell !== this.keepFree;
  private readonly isHarmless = (cell: number) => this.isFree(cell) && this.leavesRoomAround(cell);

  private readonly ring = new Uint8Array(8);
  /**
   * Looks at the eight cells around: those that can be walked on must stay in one piece, and
   * whatever is not floor or wall must keep a walkable neighbour in the ring.
   */
  private leavesRoomAround(cell: number): boolean {
    const { state, ring } = this;
    const { stride } = state;
    ring[0] = this.ringClass(cell - stride - 1);
    ring[1] = this.ringClass(cell - stride);
    ring[2] = this.ringClass(cell - stride + 1);
    ring[3] = this.ringClass(cell + 1);
    ring[4] = this.ringClass(cell + stride + 1);
    ring[5] = this.ringClass(cell + stride);
    ring[6] = this.ringClass(cell + stride - 1);
    ring[7] = this.ringClass(cell - 1);
    let changes = 0;
    for (let i = 0; i < 8; i++) {
      const next = ring[(i + 1) & 7];
      if ((next === WALKABLE) !== (ring[i] === WALKABLE)) changes++;
      if (ring[i] === THING && ring[(i + 7) & 7] !== WALKABLE && next !== WALKABLE) return false;
    }
    return changes <= 2;
  }
  private ringClass(cell: number): number {
    if (this.seen[cell] === 0) return THING;
    const code = this.state.codes[cell];
    const type = cellType(code);
    if (type === ObjectType.wall) return WALL;
    const walkable =
      type === ObjectType.empty ||
      (type === ObjectType.door && (code & OPAQUE) === 0) ||
      cell === this.state.agentIndex;
    return walkable && cell !== this.keepFree ? WALKABLE : THING;
  }

  /** World coordinates of a padded index. */
  worldX(cell: number): number {
    return (cell % this.state.stride) - PADDING;
  }
  worldY(cell: number): number {
    return Math.floor(cell / this.state.stride) - PADDING;
  }
}

const WALKABLE = 0;
const WALL = 1;
/** An object, or something not seen yet that may be one. */
const THING = 2;
