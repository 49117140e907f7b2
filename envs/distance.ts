import { WALL_CELL } from './cells.ts';
import type { EnvState } from './state.ts';

const FAR = 0x7fff;

/**
 * Walking distance from every cell to the nearest of some sources, through everything but walls:
 * doors can be opened and objects moved, so only walls are lasting obstacles.
 */
export class DistanceField {
  private distances = new Int16Array(0);
  private queue = new Int32Array(0);
  private sources: number[] = [];
  private offsets: number[] = [];

  /** Forgets the sources. */
  clear(): void {
    this.sources.length = 0;
    this.offsets.length = 0;
  }
  /** Adds a source at a padded index, where the distance is `offset` instead of 0. */
  addSource(index: number, offset = 0): void {
    if (offset < FAR) {
      this.sources.push(index);
      this.offsets.push(offset);
    }
  }
  get isEmpty(): boolean {
    return this.sources.length === 0;
  }

  /** Spreads from the sources over the grid as it is now. */
  compute(state: EnvState): void {
    const { codes, stride } = state;
    if (this.distances.length !== codes.length) {
      this.distances = new Int16Array(codes.length);
      this.queue = new Int32Array(codes.length);
    }
    const { distances, queue, sources, offsets } = this;
    distances.fill(FAR);
    let head = 0;
    let tail = 0;
    let waiting = sources.length;
    for (let distance = 0; waiting > 0 || head < tail; distance++) {
      const end = tail;
      for (; head < end; head++) {
        const at = queue[head];
        for (const next of [at + 1, at - 1, at + stride, at - stride])
          if (distances[next] > distance && codes[next] !== WALL_CELL) {
            distances[next] = distance;
            queue[tail++] = next;
          }
      }
      for (let i = 0; i < sources.length; i++)
        if (offsets[i] === distance) {
          waiting--;
          if (distances[sources[i]] > distance) {
            distances[sources[i]] = distance;
            queue[tail++] = sources[i];
          }
        }
    }
  }

  /** Distance at a padded index; 32767 where no source can be reached. */
  at(index: number): number {
    return this.distances[index];
  }
}
