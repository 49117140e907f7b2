import { ObjectType } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import type { EpisodeView, Frame, Position } from '../store/frames.ts';
import { cellAtIndex, cellIndex, isOpenDoor } from './world.ts';

/** Cells that were not seen may be walls: a way through them is taken only where none is known. */
const UNSEEN_COST = 4;
/** A shut door has to be opened first. */
const DOOR_COST = 2;

/**
 * The way that a target implies: shortest over what the agent has seen so far, from its cell to the
 * target's, both included. Objects are walked round, shut doors through. Empty where there is no way.
 */
export function impliedPath(episode: EpisodeView, frame: Frame, target: Position): Position[] {
  const { width, height } = episode;
  const inside = target.x >= 0 && target.y >= 0 && target.x < width && target.y < height;
  if (!inside) return [];
  const goal = cellIndex(height, target.x, target.y);
  const start = cellIndex(height, frame.agentX, frame.agentY);
  const cost = new Float64Array(width * height).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(width * height).fill(-1);
  // Costs are small whole numbers: a queue for each keeps Dijkstra's order without a heap.
  const queues: number[][] = [[start]];
  cost[start] = 0;
  for (let now = 0; now < queues.length; now++) {
    for (const cell of queues[now] ?? []) {
      if (cost[cell] !== now) continue;
      if (cell === goal) return traced(from, start, goal, height);
      const x = Math.floor(cell / height);
      const y = cell % height;
      for (const [nx, ny] of [
        [x + 1, y],
        [x - 1, y],
        [x, y + 1],
        [x, y - 1],
      ] as const) {
        if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
        const next = cellIndex(height, nx, ny);
        const price = now + (next === goal ? 1 : costOf(frame, next));
        if (price >= at(cost, next)) continue;
        cost[next] = price;
        from[next] = cell;
        (queues[price] ??= []).push(next);
      }
    }
  }
  return [];
}

function costOf(frame: Frame, cell: number): number {
  if (!frame.seen[cell]) return UNSEEN_COST;
  const here = cellAtIndex(frame.grid, cell);
  const { type } = here;
  if (type === ObjectType.door) return isOpenDoor(here) ? 1 : DOOR_COST;
  const free = type === ObjectType.empty || type === ObjectType.floor || type === ObjectType.goal;
  return free ? 1 : Number.POSITIVE_INFINITY;
}

function traced(from: Int32Array, start: number, goal: number, height: number): Position[] {
  const path: Position[] = [];
  for (let cell = goal; ; cell = at(from, cell)) {
    path.push({ x: Math.floor(cell / height), y: cell % height });
    if (cell === start) return path.reverse();
  }
}
