import { COLOR_NAMES, DIRECTION_VECTORS, DoorState, ObjectType } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import {
  type CarriedObject,
  type EpisodeView,
  type Frame,
  frameAt,
  type Position,
} from '../store/frames.ts';

export { type CarriedObject, type EpisodeView, type Frame, frameAt } from '../store/frames.ts';

const TYPE_NAMES = Object.fromEntries(
  Object.entries(ObjectType).map(([name, index]) => [index, name]),
) as Record<number, string>;
const STATE_NAMES = ['open', 'closed', 'locked'] as const;

export interface Cell {
  type: number;
  color: number;
  state: number;
}

/** Index of world cell (x, y) in a frame's per-cell arrays. */
export function cellIndex(height: number, x: number, y: number): number {
  return x * height + y;
}

/** What is in world cell (x, y); undefined outside the world. */
export function cellAt(
  frame: Frame,
  width: number,
  height: number,
  x: number,
  y: number,
): Cell | undefined {
  if (x < 0 || y < 0 || x >= width || y >= height) return undefined;
  return cellAtIndex(frame.grid, cellIndex(height, x, y));
}

/** The cell at an index of `cellIndex`. */
export function cellAtIndex(grid: Uint8Array, index: number): Cell {
  const byte = index * 3;
  return { type: at(grid, byte), color: at(grid, byte + 1), state: at(grid, byte + 2) };
}

/** The cell in front of the agent, which may be outside the world. */
export function cellAhead({ agentX, agentY, direction }: Frame): Position {
  const [dx, dy] = at(DIRECTION_VECTORS, direction);
  return { x: agentX + dx, y: agentY + dy };
}

/** Whether there is something in the cell that is neither wall nor agent. */
export function isObject(cell: Cell): boolean {
  return cell.type > ObjectType.wall && cell.type !== ObjectType.agent;
}

export interface PlacedObject {
  x: number;
  y: number;
  cell: Cell;
}

const objectsOfGrid = new WeakMap<Uint8Array, readonly PlacedObject[]>();

/** All objects of a frame; the same list for frames that share their grid. */
export function objectsOf(episode: EpisodeView, step: number): readonly PlacedObject[] {
  const { width, height } = episode;
  const { grid } = frameAt(episode, step);
  let objects = objectsOfGrid.get(grid);
  if (!objects) {
    const found: PlacedObject[] = [];
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        const cell = cellAtIndex(grid, cellIndex(height, x, y));
        if (isObject(cell)) found.push({ x, y, cell });
      }
    }
    objects = found;
    objectsOfGrid.set(grid, objects);
  }
  return objects;
}

/** "blue key", "locked red door", "wall", "empty cell". */
export function describeCell(cell: Cell | undefined): string {
  // An untrained Planner may aim outside the world.
  if (!cell) return 'off the map';
  if (cell.type === ObjectType.empty || cell.type === ObjectType.unseen) {
    return 'empty cell';
  }
  if (cell.type === ObjectType.wall) return 'wall';
  const name = `${COLOR_NAMES[cell.color]} ${TYPE_NAMES[cell.type]}`;
  return cell.type === ObjectType.door ? `${STATE_NAMES[cell.state]} ${name}` : name;
}

/** As `describeCell`, but a free cell is named by its coordinates. */
export function describePlace(cell: Cell | undefined, x: number, y: number): string {
  const isFree = cell?.type === ObjectType.empty || cell?.type === ObjectType.unseen;
  return isFree ? `cell ${x}, ${y}` : describeCell(cell);
}

export function describeCarried(carried: CarriedObject): string {
  return `${COLOR_NAMES[carried.color]} ${TYPE_NAMES[carried.type]}`;
}

export function isDoor(cell: Cell | undefined): boolean {
  return cell?.type === ObjectType.door;
}

export function isOpenDoor(cell: Cell | undefined): boolean {
  return isDoor(cell) && cell?.state === DoorState.open;
}
