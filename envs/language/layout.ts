import {
  COLOR_NAMES,
  DoorState,
  MAX_EPISODE_STEPS,
  MAX_GRID_SIDE,
  ObjectType,
} from '../../shared/constants.ts';
import { quoted } from '../../shared/text.ts';
import { type Mission, missionText } from '../sentence.ts';
import { parseMission } from './parse.ts';

/**
 * A level placed by hand, as text:
 *
 *     mission: pick up the red ball
 *     max steps: 40
 *     box at 2,1: yellow key
 *
 *     ## ## ## ## ## ##
 *     ## A> bx .. .. ##
 *     ## .. .. yl .. ##
 *     ## ## ## ## ## ##
 *
 * Cells are two characters, apart by spaces: `##` wall, `..` floor, `A>` `Av` `A<` `A^` the agent
 * looking right, down, left, up; else a colour (r g b p y, `e` for grey) and a thing: `k` key, `b`
 * ball, `x` box, `d` closed door, `l` locked door, `o` open door. Lines before the grid: `mission`
 * (needed), `max steps`, `rooms: COLSxROWS` (what "on your left" and the like are limited to; default
 * one room) and what boxes hold, at world cells counted from 0,0 in the top-left corner.
 */
export interface Layout {
  readonly mission: Mission;
  readonly width: number;
  readonly height: number;
  readonly cols: number;
  readonly rows: number;
  readonly maxSteps: number | null;
  readonly agent: { readonly x: number; readonly y: number; readonly dir: number };
  /** World cells `y * width + x` that are wall. */
  readonly walls: readonly number[];
  readonly things: readonly PlacedThing[];
}
export interface PlacedThing {
  readonly x: number;
  readonly y: number;
  /** Minigrid's indices. */
  readonly type: number;
  readonly color: number;
  /** Of a door. */
  readonly doorState: number;
  /** What a box holds. */
  readonly holds: { readonly type: number; readonly color: number } | null;
}

/** A layout that does not read; the message names line, what was found and what is accepted. */
export class LayoutError extends Error {
  override name = 'LayoutError';
  /** Counted from 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(`layout line ${line}: ${message}`);
    this.line = line;
  }
}

const COLOR_LETTERS = 'rgbpye';
const THINGS: Readonly<Record<string, { type: number; doorState: number }>> = {
  k: { type: ObjectType.key, doorState: 0 },
  b: { type: ObjectType.ball, doorState: 0 },
  x: { type: ObjectType.box, doorState: 0 },
  d: { type: ObjectType.door, doorState: DoorState.closed },
  l: { type: ObjectType.door, doorState: DoorState.locked },
  o: { type: ObjectType.door, doorState: DoorState.open },
};
const FACING = '>v<^';
const ACCEPTED_CELLS =
  '## (wall), .. (floor), A> Av A< A^ (agent), or a colour r g b p y e and a thing k b x d l o, such as rb';
const ACCEPTED_LINES =
  '"mission: …", "max steps: …", "rooms: COLSxROWS", "box at X,Y: COLOUR THING", or a row of cells';
const MIN_SIDE = 3;

interface Draft {
  mission?: Mission;
  maxSteps: number | null;
  cols: number;
  rows: number;
  boxes: { line: number; x: number; y: number; type: number; color: number }[];
  rowsOfCells: { line: number; cells: string[] }[];
}

/** Reads a layout. Throws a LayoutError, or a MissionError for its sentence. */
export function parseLayout(text: string): Layout {
  if (text.length > 20_000)
    throw new RangeError(`layout has ${text.length} characters; accepted: at most 20000`);
  const draft: Draft = { maxSteps: null, cols: 1, rows: 1, boxes: [], rowsOfCells: [] };
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line !== '') readLine(draft, line, index + 1);
  });
  return finish(draft);
}

function readLine(draft: Draft, line: string, number: number): void {
  const header = /^([a-z ]+?)(?: +at +(\d+) *, *(\d+))? *: *(.*)$/i.exec(line);
  if (header === null) {
    draft.rowsOfCells.push({ line: number, cells: line.split(/\s+/) });
    return;
  }
  const [, name, x, y, value] = header;
  const key = name.toLowerCase().trim();
  if (key === 'mission' && x === undefined) draft.mission = parseMission(value);
  else if (key === 'max steps' && x === undefined) {
    if (!/^[1-9]\d{0,5}$/.test(value) || Number(value) > MAX_EPISODE_STEPS)
      throw new LayoutError(
        number,
        `max steps is ${quoted(value)}; accepted: a whole number from 1 to ${MAX_EPISODE_STEPS}`,
      );
    draft.maxSteps = Number(value);
  } else if (key === 'rooms' && x === undefined) {
    const size = /^([1-9]) *x *([1-9])$/i.exec(value);
    if (size === null)
      throw new LayoutError(number, `rooms is ${quoted(value)}; accepted: COLSxROWS such as 3x2`);
    draft.cols = Number(size[1]);
    draft.rows = Number(size[2]);
  } else if (key === 'box' && x !== undefined) {
    const [color, type] = value.toLowerCase().split(/\s+/);
    const colorIndex = (COLOR_NAMES as readonly string[]).indexOf(color);
    if (colorIndex < 0 || !['key', 'ball', 'box'].includes(type))
      throw new LayoutError(
        number,
        `the box holds ${quoted(value)}; accepted: a colour and key, ball or box, such as "yellow key"`,
      );
    const typeIndex = ObjectType[type as 'key' | 'ball' | 'box'];
    draft.boxes.push({
      line: number,
      x: Number(x),
      y: Number(y),
      type: typeIndex,
      color: colorIndex,
    });
  } else throw new LayoutError(number, `${quoted(line)} is unknown; accepted: ${ACCEPTED_LINES}`);
}

function finish(draft: Draft): Layout {
  const { rowsOfCells, cols, rows } = draft;
  if (draft.mission === undefined)
    throw new LayoutError(
      1,
      'there is no mission; accepted: a line such as "mission: go to the red ball"',
    );
  const height = rowsOfCells.length;
  const first = rowsOfCells[0];
  if (first === undefined) throw new LayoutError(1, 'there are no rows of cells');
  const width = first.cells.length;
  if (width < MIN_SIDE || width > MAX_GRID_SIDE || height < MIN_SIDE || height > MAX_GRID_SIDE)
    throw new LayoutError(
      first.line,
      `the grid is ${width} by ${height}; accepted: ${MIN_SIDE} to ${MAX_GRID_SIDE} cells each way`,
    );
  if ((width - 1) % cols !== 0 || (height - 1) % rows !== 0)
    throw new LayoutError(
      first.line,
      `${width} by ${height} cells cannot be ${cols}x${rows} rooms of one size that share walls`,
    );
  const walls: number[] = [];
  const things: PlacedThing[] = [];
  let agent: Layout['agent'] | null = null;
  rowsOfCells.forEach(({ line, cells }, y) => {
    if (cells.length !== width)
      throw new LayoutError(line, `this row has ${cells.length} cells, the first one ${width}`);
    cells.forEach((cell, x) => {
      if (cell === '##') {
        walls.push(y * width + x);
        return;
      }
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1)
        throw new LayoutError(
          line,
          `cell ${x},${y} is ${quoted(cell)}; accepted on the border: ##`,
        );
      if (cell === '..') return;
      const dir = FACING.indexOf(cell[1] ?? ' ');
      if (cell[0] === 'A' && dir >= 0 && cell.length === 2) {
        if (agent !== null) throw new LayoutError(line, `a second agent stands at ${x},${y}`);
        agent = { x, y, dir };
        return;
      }
      const color = COLOR_LETTERS.indexOf(cell[0]);
      if (cell.length !== 2 || color < 0 || !Object.hasOwn(THINGS, cell[1]))
        throw new LayoutError(
          line,
          `cell ${x},${y} is ${quoted(cell)}; accepted: ${ACCEPTED_CELLS}`,
        );
      things.push({ x, y, color, ...THINGS[cell[1]], holds: null });
    });
  });
  if (agent === null)
    throw new LayoutError(first.line, 'there is no agent; accepted: one of A> Av A< A^');
  for (const box of draft.boxes) {
    const at = things.findIndex(
      (thing) => thing.x === box.x && thing.y === box.y && thing.type === ObjectType.box,
    );
    if (at < 0) throw new LayoutError(box.line, `there is no box at ${box.x},${box.y}`);
    things[at] = { ...things[at], holds: { type: box.type, color: box.color } };
  }
  const { mission, maxSteps } = draft;
  return { mission, width, height, cols, rows, maxSteps, agent, walls, things };
}

/** The text of a layout; `parseLayout` reads it back to the same. */
export function formatLayout(layout: Layout): string {
  return formatBoard(layout, missionText(layout.mission));
}

/** A layout whose mission is still being written. */
export type Board = Omit<Layout, 'mission'>;

/** The text of a layout with a sentence as it was typed; `parseLayout` says whether it reads. */
export function formatBoard(layout: Board, sentence: string): string {
  const { width, height, cols, rows } = layout;
  const lines = [`mission: ${sentence}`];
  if (layout.maxSteps !== null) lines.push(`max steps: ${layout.maxSteps}`);
  if (cols * rows > 1) lines.push(`rooms: ${cols}x${rows}`);
  const cells = Array.from({ length: height }, () => new Array<string>(width).fill('..'));
  for (const wall of layout.walls) cells[Math.floor(wall / width)][wall % width] = '##';
  for (const thing of layout.things) {
    const [letter] = Object.entries(THINGS).find(
      ([, kind]) => kind.type === thing.type && kind.doorState === thing.doorState,
    )!;
    cells[thing.y][thing.x] = COLOR_LETTERS[thing.color] + letter;
    if (thing.holds === null) continue;
    const held = `${COLOR_NAMES[thing.holds.color]} ${nameOf(thing.holds.type)}`;
    lines.push(`box at ${thing.x},${thing.y}: ${held}`);
  }
  cells[layout.agent.y][layout.agent.x] = `A${FACING[layout.agent.dir]}`;
  return [...lines, '', ...cells.map((row) => row.join(' ')), ''].join('\n');
}
function nameOf(type: number): string {
  return type === ObjectType.key ? 'key' : type === ObjectType.ball ? 'ball' : 'box';
}
