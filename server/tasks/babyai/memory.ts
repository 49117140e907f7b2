import {
  AGENT_VIEW_X,
  AGENT_VIEW_Y,
  COLOR_NAMES,
  DoorState,
  ObjectType,
  VIEW_SIZE,
} from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import { forwardOf, type Pose, rightOf, worldX, worldY } from './goalFrame.ts';

/** Type, colour and state of a cell as one number; 0 if never seen. */
const codeOf = (image: Uint8Array, at: number) =>
  image[at] | (image[at + 1] << 4) | (image[at + 2] << 8);
export const typeOf = (code: number) => code & 15;
export const colorOf = (code: number) => (code >> 4) & 15;
export const stateOf = (code: number) => code >> 8;

const isObject = (type: number) => type >= ObjectType.door && type <= ObjectType.box;
const OWN = (AGENT_VIEW_X * VIEW_SIZE + AGENT_VIEW_Y) * 3;
const NEVER = -1;
const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');

/** What an agent can have done to an object; the last means that it reached one that it had set out to go to. */
export const EVENT_KINDS = ['pickup', 'drop', 'open', 'close', 'went'] as const;
const [PICKUP, DROP, OPEN, CLOSE, WENT] = EVENT_KINDS.keys();

/** Something that the agent did. */
export interface MemoryEvent {
  /** Index into EVENT_KINDS. */
  kind: number;
  /** Code of the object. */
  code: number;
  /** Steps since. */
  ago: number;
  /** Codes of the objects beside a dropped one. */
  beside: readonly number[];
}

/** Plain data: what a memory cannot see again when an episode's observations are shown to it once more. */
export interface MarksRecord {
  /** Cells of reached targets: cell, subgoal and step. */
  reached: [cell: number, subgoal: number, step: number][];
  events: { kind: number; code: number; step: number; beside: number[] }[];
}

/** The goal that is kept, as a memory marks its target. */
export interface MarkedGoal {
  /** Index into SUBGOALS. */
  subgoal: number;
  x: number;
  y: number;
  wasReached: boolean;
}

/** An object that the agent remembers, in its own frame. */
export interface Remembered {
  code: number;
  right: number;
  forward: number;
  lit: boolean;
  /** Steps since the agent last faced it, −1 for never. */
  facedAgo: number;
  /** Subgoal as whose target it was reached, −1 for none, and the steps since. */
  reachedAs: number;
  reachedAgo: number;
  /** Subgoal whose target it is now, −1 for none. */
  keptAs: number;
  /** Codes of the objects in the four cells beside it. */
  beside: readonly number[];
  /** A door with a side that was never seen. */
  frontier: boolean;
  /** Which side of the place and heading that the episode began with: −1 left, 0 neither, 1 right. */
  startSide: number;
  /** −1 behind it, 0 neither, 1 ahead of it. */
  startDepth: number;
}

/**
 * A map of what one agent has seen in this episode, in world cells. It is made of the agent's own past observations by
 * dead reckoning: the agent sees whether a step forward succeeds. BabyAI's published policies keep this in a recurrent
 * state and train it through hundreds of steps; with a map the gradient of one step is enough.
 */
export class Memory {
  private width = 0;
  private height = 0;
  private codes = new Uint16Array(0);
  /** Step at which the agent last stood before the object in a cell. */
  private faced = new Int32Array(0);
  private lit = new Int32Array(0);
  private now = 0;
  private carried = 0;
  private start: Pose | undefined;
  /** Cell ahead at the last look, −1 for none. */
  private ahead = -1;
  private reachedAs = new Int8Array(0);
  private reachedAt = new Int32Array(0);
  private keptCell = -1;
  private keptAs = -1;
  /** The same thing done to the same kind of object counts once, at its last time; oldest first. */
  private done: MarksRecord['events'] = [];
  /** Code of the object last picked up in this episode, 0 for none. */
  lastPicked = 0;

  /** A new episode in a world of this size. */
  begin(width: number, height: number): void {
    const cells = width * height;
    if (this.codes.length !== cells) {
      this.codes = new Uint16Array(cells);
      this.faced = new Int32Array(cells);
      this.reachedAs = new Int8Array(cells);
      this.reachedAt = new Int32Array(cells);
      this.lit = new Int32Array(cells);
    } else this.codes.fill(0);
    this.faced.fill(NEVER);
    this.reachedAs.fill(NEVER);
    this.lit.fill(NEVER);
    this.width = width;
    this.height = height;
    this.now = 0;
    this.carried = 0;
    this.lastPicked = 0;
    this.done = [];
    this.ahead = -1;
    this.keptCell = -1;
    this.keptAs = -1;
    this.start = undefined;
  }

  /**
   * Adds one observation; adding it twice changes nothing.
   * @param image 147 bytes at `offset`
   * @param step steps since the episode began
   */
  see(image: Uint8Array, offset: number, pose: Pose, step: number): void {
    this.now = step;
    this.start ??= pose;
    const before = this.ahead < 0 ? 0 : this.codes[this.ahead];
    for (let vx = 0; vx < VIEW_SIZE; vx++) {
      for (let vy = 0; vy < VIEW_SIZE; vy++) {
        const byte = (vx * VIEW_SIZE + vy) * 3;
        if (byte === OWN || image[offset + byte] === ObjectType.unseen) continue;
        this.note(
          this.cellAt(pose, vx - AGENT_VIEW_X, AGENT_VIEW_Y - vy),
          codeOf(image, offset + byte),
        );
      }
    }
    const own = this.cellAt(pose, 0, 0);
    // The carried object is drawn over the agent's own cell, which may be an open door.
    if (own >= 0) this.note(own, this.codes[own] || ObjectType.empty);
    const carried = isObject(image[offset + OWN]) ? codeOf(image, offset + OWN) : 0;
    if (carried !== 0 && carried !== this.carried) this.lastPicked = carried;
    const ahead = this.cellAt(pose, 0, 1);
    if (carried !== this.carried) {
      if (carried !== 0) this.happened(PICKUP, carried);
      else this.happened(DROP, this.carried, this.besideOf(ahead));
    }
    this.carried = carried;
    const after = this.ahead < 0 ? 0 : this.codes[this.ahead];
    const isDoor = (code: number) => typeOf(code) === ObjectType.door;
    const isOpen = (code: number) => stateOf(code) === DoorState.open;
    if (isDoor(before) && isDoor(after) && isOpen(before) !== isOpen(after))
      this.happened(isOpen(after) ? OPEN : CLOSE, after);
    this.ahead = ahead;
    if (ahead >= 0 && isObject(typeOf(this.codes[ahead]))) this.faced[ahead] = step;
  }

  private note(cell: number, code: number): void {
    if (cell < 0) return;
    if (typeOf(code) !== typeOf(this.codes[cell]) || colorOf(code) !== colorOf(this.codes[cell])) {
      this.faced[cell] = NEVER;
      this.reachedAs[cell] = NEVER;
    }
    this.codes[cell] = code;
    this.lit[cell] = this.now;
  }

  private happened(kind: number, code: number, beside: number[] = []): void {
    const same = (event: { kind: number; code: number }) =>
      event.kind === kind && kindColor(event.code) === kindColor(code);
    this.done = this.done.filter((event) => !same(event));
    this.done.push({ kind, code, step: this.now, beside });
  }

  /** What the agent did, oldest first. */
  get events(): MemoryEvent[] {
    return this.done.map(({ step, ...event }) => ({ ...event, ago: this.now - step }));
  }

  /** Marks the target of the goal that is kept now. Call it after `see`. */
  keep({ subgoal, x, y, wasReached }: MarkedGoal): void {
    const inside = x >= 0 && y >= 0 && x < this.width && y < this.height;
    const cell = inside ? y * this.width + x : NEVER;
    this.keptCell = cell;
    this.keptAs = subgoal;
    if (!wasReached || cell < 0 || !isObject(typeOf(this.codes[cell]))) return;
    const again = this.reachedAs[cell] === subgoal && this.now - this.reachedAt[cell] <= 1;
    this.reachedAs[cell] = subgoal;
    this.reachedAt[cell] = this.now;
    if (subgoal === GO_NEXT_TO && !again) this.happened(WENT, this.codes[cell]);
  }

  marks(): MarksRecord {
    const reached: MarksRecord['reached'] = [];
    for (const [cell, subgoal] of this.reachedAs.entries())
      if (subgoal !== NEVER) reached.push([cell, subgoal, this.reachedAt[cell]]);
    return { reached, events: this.done.map((event) => ({ ...event })) };
  }

  /** Takes over the marks of an episode whose observations it has seen again. */
  restoreMarks({ reached, events }: MarksRecord): void {
    for (const [cell, subgoal, step] of reached) {
      this.reachedAs[cell] = subgoal;
      this.reachedAt[cell] = step;
    }
    this.done = events.map((event) => ({ ...event }));
  }

  private cellAt(pose: Pose, right: number, forward: number): number {
    const x = worldX(pose, right, forward);
    const y = worldY(pose, right, forward);
    return x < 0 || y < 0 || x >= this.width || y >= this.height ? -1 : y * this.width + x;
  }

  /** Code of a cell in the agent's frame; 0 if never seen or outside the world. */
  codeAt(pose: Pose, right: number, forward: number): number {
    const cell = this.cellAt(pose, right, forward);
    return cell < 0 ? 0 : this.codes[cell];
  }

  /** Whether the present observation shows that cell. */
  isLit(pose: Pose, right: number, forward: number): boolean {
    const cell = this.cellAt(pose, right, forward);
    return cell >= 0 && this.lit[cell] === this.now;
  }

  /** Whether a seen cell borders on one never seen. */
  isFrontier(pose: Pose, right: number, forward: number): boolean {
    const x = worldX(pose, right, forward);
    const y = worldY(pose, right, forward);
    return this.bordersUnseen(x, y);
  }

  private bordersUnseen(x: number, y: number): boolean {
    const { width, height, codes } = this;
    const cell = y * width + x;
    return (
      (x > 0 && codes[cell - 1] === 0) ||
      (x < width - 1 && codes[cell + 1] === 0) ||
      (y > 0 && codes[cell - width] === 0) ||
      (y < height - 1 && codes[cell + width] === 0)
    );
  }

  /** Codes of the objects in the four cells beside one. */
  private besideOf(cell: number): number[] {
    if (cell < 0) return [];
    const { width, codes } = this;
    const x = cell % width;
    const near = [x > 0 ? cell - 1 : -1, x < width - 1 ? cell + 1 : -1, cell - width, cell + width];
    return near.map((at) => codes[at] ?? 0).filter((code) => isObject(typeOf(code)));
  }

  /** All objects known to lie in the world, in the order of their cells; at most `limit`, the nearest first kept. */
  objects(pose: Pose, limit: number): Remembered[] {
    const found: Remembered[] = [];
    const start = this.start ?? pose;
    for (let cell = 0; cell < this.codes.length; cell++) {
      const code = this.codes[cell];
      if (!isObject(typeOf(code))) continue;
      const x = cell % this.width;
      const y = (cell - x) / this.width;
      // The open door in which the agent stands is no object to reach.
      if (x === pose.x && y === pose.y) continue;
      found.push({
        code,
        right: rightOf(pose, x, y),
        forward: forwardOf(pose, x, y),
        lit: this.lit[cell] === this.now,
        facedAgo: this.faced[cell] === NEVER ? NEVER : this.now - this.faced[cell],
        reachedAs: this.reachedAs[cell],
        reachedAgo: this.now - this.reachedAt[cell],
        keptAs: cell === this.keptCell ? this.keptAs : NEVER,
        beside: this.besideOf(cell),
        frontier: typeOf(code) === ObjectType.door && this.bordersUnseen(x, y),
        startSide: Math.sign(rightOf(start, x, y)),
        startDepth: Math.sign(forwardOf(start, x, y)),
      });
    }
    if (found.length <= limit) return found;
    const distance = (object: Remembered) =>
      (object.lit ? 0 : 1000) + Math.abs(object.right) + Math.abs(object.forward);
    return found.sort((a, b) => distance(a) - distance(b)).slice(0, limit);
  }
}

/** Kind and colour of a door, key, ball or box as one number below `kinds × colours`. */
export const kindColor = (code: number) =>
  (typeOf(code) - ObjectType.door) * COLOR_NAMES.length + colorOf(code);
