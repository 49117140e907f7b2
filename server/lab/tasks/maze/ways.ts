/** A square maze: which cells can be walked, and the two ends of the way. */
export interface Maze {
  readonly side: number;
  /** 1 where free, ends included. */
  readonly free: Uint8Array;
  readonly start: number;
  readonly goal: number;
}

/** The four cells beside one, without those outside. */
export function neighbours(cell: number, side: number): number[] {
  const column = cell % side;
  const found: number[] = [];
  if (cell >= side) found.push(cell - side);
  if (column > 0) found.push(cell - 1);
  if (column < side - 1) found.push(cell + 1);
  if (cell < side * (side - 1)) found.push(cell + side);
  return found;
}

export interface Distances {
  /** Steps from the origin, -1 where no way leads. */
  readonly steps: Int32Array;
  /** Shortest ways from the origin, counted up to 2. */
  readonly ways: Uint8Array;
}

/** Breadth-first search over free cells. */
export function distancesFrom(
  { side, free }: Pick<Maze, 'side' | 'free'>,
  origin: number,
): Distances {
  const steps = new Int32Array(free.length).fill(-1);
  const ways = new Uint8Array(free.length);
  const queue = [origin];
  steps[origin] = 0;
  ways[origin] = 1;
  for (let head = 0; head < queue.length; head++) {
    const cell = queue[head];
    for (const next of neighbours(cell, side)) {
      if (!free[next]) continue;
      if (steps[next] < 0) {
        steps[next] = steps[cell] + 1;
        queue.push(next);
      }
      if (steps[next] === steps[cell] + 1) ways[next] = Math.min(2, ways[next] + ways[cell]);
    }
  }
  return { steps, ways };
}

/** Cells of a shortest way between the ends, both left out; nothing where there is none. */
export function shortestWay(maze: Maze): number[] | undefined {
  const { steps } = distancesFrom(maze, maze.start);
  if (steps[maze.goal] < 0) return undefined;
  const way: number[] = [];
  let cell = maze.goal;
  for (let left = steps[maze.goal] - 1; left > 0; left--) {
    cell = neighbours(cell, maze.side).find((next) => steps[next] === left) as number;
    way.push(cell);
  }
  return way.reverse();
}
