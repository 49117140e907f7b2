import { memoryRows, STATE_FEATURES, stateRows } from './features.ts';
import type { Pose } from './goalFrame.ts';
import type { Memory } from './memory.ts';
import { MAX_OBJECTS, OBJECT_FEATURES, objectRows, rememberedObjectRows } from './objectTokens.ts';
import type { TokenRows } from './targets.ts';

/** One observation and what surrounds it. */
export interface Observation {
  /** 147 bytes at `offset`; see `shared/constants.ts`. */
  image: Uint8Array;
  offset: number;
  direction: number;
  /** Last action of the same episode, −1 at its start. */
  previousAction: number;
  mission: string;
}

/** Observations of many samples as the row numbers of `features.ts`, one entry a sample. */
export class ObservationRows {
  /** [capacity, STATE_FEATURES] */
  readonly state: Int16Array;
  /** [capacity, MAX_OBJECTS, OBJECT_FEATURES]; each sample has its first `counts`. */
  readonly objects: Int16Array;
  readonly counts: Uint8Array;
  /** How many of those, the last, are events. */
  readonly events: Uint8Array;
  readonly missions: string[];

  constructor(capacity: number) {
    this.state = new Int16Array(capacity * STATE_FEATURES);
    this.objects = new Int16Array(capacity * OBJECTS_STRIDE);
    this.counts = new Uint8Array(capacity);
    this.events = new Uint8Array(capacity);
    this.missions = new Array<string>(capacity).fill('');
  }

  /** Sets sample `i`. A memory, which must have seen the observation, adds its objects and map. */
  write(i: number, from: Observation, memory?: Memory, pose?: Pose): void {
    const at = i * STATE_FEATURES;
    const { image, offset } = from;
    stateRows(image, offset, from.direction, from.previousAction, this.state, at);
    memoryRows(pose && memory, pose ?? NOWHERE, this.state, at);
    const first = i * OBJECTS_STRIDE;
    const { objects, events } =
      memory && pose
        ? rememberedObjectRows(memory, pose, this.objects, first)
        : { objects: objectRows(image, offset, this.objects, first), events: 0 };
    this.counts[i] = objects + events;
    this.events[i] = events;
    this.missions[i] = from.mission;
  }

  /** The object tokens of a sample. */
  tokens(i: number): TokenRows {
    return { rows: this.objects, at: i * OBJECTS_STRIDE, count: this.counts[i] };
  }

  /** Copies `count` samples that begin at `start` in `from` to `at`. */
  copy(at: number, from: ObservationRows, start: number, count: number): void {
    copyRows(this.state, from.state, STATE_FEATURES, at, start, count);
    copyRows(this.objects, from.objects, OBJECTS_STRIDE, at, start, count);
    copyRows(this.counts, from.counts, 1, at, start, count);
    copyRows(this.events, from.events, 1, at, start, count);
    for (let i = 0; i < count; i++) this.missions[at + i] = from.missions[start + i];
  }
}

/** Entries of `ObservationRows.objects` for each sample. */
export const OBJECTS_STRIDE = MAX_OBJECTS * OBJECT_FEATURES;
const NOWHERE: Pose = { x: 0, y: 0, direction: 0 };

function copyRows<T extends Int16Array | Uint8Array>(
  to: T,
  from: T,
  width: number,
  at: number,
  start: number,
  count: number,
): void {
  to.set(from.subarray(start * width, (start + count) * width), at * width);
}
