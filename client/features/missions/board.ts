import {
  cellColor,
  cellState,
  cellType,
  createEnv,
  drawCells,
  EMPTY_CELL,
  packCell,
  thumbnail,
  WALL_CELL,
} from '../../../envs/index.ts';
import {
  type Board,
  formatBoard,
  fromInstr,
  layoutOf,
  missionText,
  type PlacedThing,
} from '../../../envs/language/index.ts';
import { MAX_GRID_SIDE } from '../../../shared/constants.ts';

/** A world that is laid out by hand. Pure: every change gives a new board. */
export type { Board, PlacedThing } from '../../../envs/language/index.ts';

/** What is put into a cell. */
export type Brush =
  | { kind: 'floor' }
  | { kind: 'wall' }
  | { kind: 'agent'; dir: number }
  | ({ kind: 'thing' } & Pick<PlacedThing, 'type' | 'color' | 'doorState' | 'holds'>);

export const MIN_BOARD_SIDE = 4;
/** As large as a world may be. */
export const MAX_BOARD_SIDE = MAX_GRID_SIDE;

/** An empty room with the agent in its top left corner. */
export function emptyBoard(width: number, height: number): Board {
  return {
    width,
    height,
    cols: 1,
    rows: 1,
    maxSteps: null,
    agent: { x: 1, y: 1, dir: 0 },
    walls: borderOf(width, height),
    things: [],
  };
}

/** The world of a level as a seed draws it, and its mission. Throws where the level is unknown. */
export function boardOf(levelId: string, seed: number): { board: Board; sentence: string } {
  const { state } = createEnv(levelId, { seed });
  const { mission, ...board } = layoutOf(state, fromInstr(state.instruction));
  // Its limit was for its own mission.
  return { board: { ...board, maxSteps: null }, sentence: missionText(mission) };
}

/** The board with a cell changed; the same board where that cell cannot be (the border, or under the agent). */
export function place(board: Board, x: number, y: number, brush: Brush): Board {
  const { width, agent } = board;
  const at = y * width + x;
  if (isBorder(board, x, y)) return board;
  if (brush.kind !== 'agent' && agent.x === x && agent.y === y) return board;
  const walls = board.walls.filter((wall) => wall !== at);
  const things = board.things.filter((thing) => thing.x !== x || thing.y !== y);
  switch (brush.kind) {
    case 'floor':
      return { ...board, walls, things };
    case 'wall':
      return { ...board, walls: [...walls, at], things };
    case 'agent':
      return { ...board, walls, things, agent: { x, y, dir: brush.dir } };
    case 'thing': {
      const { kind, ...thing } = brush;
      return { ...board, walls, things: [...things, { x, y, ...thing }] };
    }
  }
}

/** The board in another size: what no longer fits is gone, a border that came to lie inside is floor. */
export function resize(board: Board, width: number, height: number): Board {
  const inside = (x: number, y: number) => x > 0 && y > 0 && x < width - 1 && y < height - 1;
  const inner = board.walls
    .map((wall) => [wall % board.width, Math.floor(wall / board.width)] as const)
    .filter(([x, y]) => inside(x, y) && !isBorder(board, x, y))
    .map(([x, y]) => y * width + x);
  const agent = {
    ...board.agent,
    x: Math.min(board.agent.x, width - 2),
    y: Math.min(board.agent.y, height - 2),
  };
  const isFree = (x: number, y: number) => x !== agent.x || y !== agent.y;
  return {
    ...board,
    width,
    height,
    cols: 1,
    rows: 1,
    agent,
    walls: [
      ...borderOf(width, height),
      ...inner.filter((wall) => isFree(wall % width, Math.floor(wall / width))),
    ],
    things: board.things.filter(({ x, y }) => inside(x, y) && isFree(x, y)),
  };
}

export function isBorder({ width, height }: Board, x: number, y: number): boolean {
  return x === 0 || y === 0 || x === width - 1 || y === height - 1;
}

function borderOf(width: number, height: number): number[] {
  const cells: number[] = [];
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) cells.push(at);
  }
  return cells;
}

/** What lies in a cell, as Minigrid's (object, colour, state). */
export function boardCell(board: Board, x: number, y: number) {
  const code = codesOf(board)(x, y);
  return { type: cellType(code), color: cellColor(code), state: cellState(code) };
}

function codesOf({ width, walls, things }: Board): (x: number, y: number) => number {
  const codes = new Map<number, number>(walls.map((wall) => [wall, WALL_CELL]));
  for (const { x, y, type, color, doorState } of things)
    codes.set(y * width + x, packCell(type, color, doorState));
  return (x, y) => codes.get(y * width + x) ?? EMPTY_CELL;
}

/** The layout's text, as `mission:check` takes it. */
export function boardText(board: Board, sentence: string): string {
  return formatBoard(board, sentence);
}

export function boardPicture(board: Board): string {
  const { width, height, agent } = board;
  return asAddress(drawCells({ width, height, agent, codeAt: codesOf(board), title: 'Layout' }));
}

/** A level's picture drawn here, for where the server's cannot be had. Throws where the level is unknown. */
export function levelPicture(levelId: string): string {
  return asAddress(thumbnail(levelId));
}

function asAddress(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
