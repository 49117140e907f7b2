import {
  AGENT_VIEW_X,
  AGENT_VIEW_Y,
  COLOR_NAMES,
  ObjectType,
  VIEW_SIZE,
} from '../../../shared/constants.ts';
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

/** An object that the agent remembers, in its own frame. */
export interface Remembered {
  code: number;
  right: number;
  forward: number;
  lit: boolean;
  /** Steps since the agent last faced it, −1 for never. */
  facedAgo: number;
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
  /** Code of the object last picked up in this episode, 0 for none. */
  lastPicked = 0;

  /** A new episode in a world of this size. */
  begin(width: number, height: number): void {
    const cells = width * height;
    if (this.codes.length !== cells) {
      this.codes = new Uint16Array(cells);
      this.faced = new Int32Array(cells);
      this.lit = new Int32Array(cells);
    } else this.codes.fill(0);
    this.faced.fill(NEVER);
    this.lit.fill(NEVER);
    this.width = width;
    this.height = height;
    this.now = 0;
    this.carried = 0;
    this.lastPicked = 0;
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
    this.carried = carried;
    const ahead = this.cellAt(pose, 0, 1);
    if (ahead >= 0 && isObject(typeOf(this.codes[ahead]))) this.faced[ahead] = step;
  }

  private note(cell: number, code: number): void {
    if (cell < 0) return;
    if (typeOf(code) !== typeOf(this.codes[cell]) || colorOf(code) !== colorOf(this.codes[cell]))
      this.faced[cell] = NEVER;
    this.codes[cell] = code;
    this.lit[cell] = this.now;
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

  /** All objects known, in the order of their cells; if they are more than `limit`, the nearest, those in view first. */
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
