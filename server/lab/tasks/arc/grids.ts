import { quoted } from '../../../../shared/text.ts';
import type { Random } from '../../../policy/random.ts';
import { PuzzleError } from '../task.ts';

/** A picture of ARC: `cells` are colours 0 to 9, row by row. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly cells: Uint8Array;
}

export interface Pair {
  readonly input: Grid;
  /** Absent in a test whose answer was not published. */
  readonly output?: Grid;
}

export interface ArcTask {
  readonly name: string;
  readonly train: readonly Pair[];
  readonly test: readonly Pair[];
}

/** Sides of ARC's pictures. */
export const MOST_SIDE = 30;

function readGrid(given: unknown, field: string): Grid {
  const expected = `1 to ${MOST_SIDE} rows of 1 to ${MOST_SIDE} colours`;
  if (
    !Array.isArray(given) ||
    given.length === 0 ||
    given.length > MOST_SIDE ||
    !Array.isArray(given[0])
  )
    throw new PuzzleError(`${field}: got ${quoted(given)}, expected ${expected}`);
  const columns = given[0].length;
  if (columns === 0 || columns > MOST_SIDE)
    throw new PuzzleError(`${field}: got rows of ${columns} cells, expected ${expected}`);
  const cells = new Uint8Array(given.length * columns);
  for (const [row, line] of given.entries()) {
    if (!Array.isArray(line) || line.length !== columns)
      throw new PuzzleError(
        `${field}[${row}]: got ${quoted(line)}, expected ${columns} colours as in the first row`,
      );
    for (const [column, colour] of line.entries()) {
      if (!Number.isInteger(colour) || colour < 0 || colour > 9)
        throw new PuzzleError(
          `${field}[${row}][${column}]: got ${quoted(colour)}, expected a colour from 0 to 9`,
        );
      cells[row * columns + column] = colour;
    }
  }
  return { rows: given.length, columns, cells };
}

/**
 * One task in ARC's public JSON format: `{"train": [{"input", "output"}, …], "test": […]}`.
 * @throws PuzzleError naming the field
 */
export function readArcTask(name: string, text: string): ArcTask {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new PuzzleError(`${name}: is not JSON (${(error as Error).message})`);
  }
  const pairs = (part: 'train' | 'test'): Pair[] => {
    const list = (json as Record<string, unknown> | null)?.[part];
    if (!Array.isArray(list) || list.length === 0)
      throw new PuzzleError(
        `${name}: ${part}: got ${quoted(list)}, expected a list of pairs of input and output`,
      );
    return list.map((pair: { input?: unknown; output?: unknown } | null, i) => ({
      input: readGrid(pair?.input, `${name}: ${part}[${i}].input`),
      output:
        part === 'test' && pair?.output === undefined
          ? undefined
          : readGrid(pair?.output, `${name}: ${part}[${i}].output`),
    }));
  };
  return { name, train: pairs('train'), test: pairs('test') };
}

/** One of the eight symmetries of a square (0 is none), then new colours; black stays (as arXiv 2506.21734). */
export interface Change {
  readonly symmetry: number;
  readonly colours: Uint8Array;
}

export const NO_CHANGE: Change = {
  symmetry: 0,
  colours: Uint8Array.from({ length: 10 }, (_, i) => i),
};

export function drawChange(random: Random): Change {
  const colours = new Uint8Array(10);
  colours.set(random.shuffle(Int32Array.from({ length: 9 }, (_, i) => i + 1)), 1);
  return { symmetry: random.below(8), colours };
}

/** Bit 0 swaps rows and columns, then bit 1 turns rows around and bit 2 columns. */
function move({ rows, columns, cells }: Grid, symmetry: number): Grid {
  const [height, width] = symmetry & 1 ? [columns, rows] : [rows, columns];
  const moved = new Uint8Array(cells.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const r = symmetry & 2 ? height - 1 - row : row;
      const c = symmetry & 4 ? width - 1 - column : column;
      moved[row * width + column] = symmetry & 1 ? cells[c * columns + r] : cells[r * columns + c];
    }
  }
  return { rows: height, columns: width, cells: moved };
}

export function change(grid: Grid, { symmetry, colours }: Change): Grid {
  const moved = move(grid, symmetry);
  return { ...moved, cells: moved.cells.map((colour) => colours[colour]) };
}

/** The inverse of `change`. */
export function changeBack(grid: Grid, { symmetry, colours }: Change): Grid {
  const back = new Uint8Array(10);
  for (const [from, to] of colours.entries()) back[to] = from;
  // Turning comes after swapping: seen from behind, the turns change their axes.
  const inverse = symmetry & 1 ? 1 | ((symmetry & 2) << 1) | ((symmetry & 4) >> 1) : symmetry;
  const moved = move(grid, inverse);
  return { ...moved, cells: moved.cells.map((colour) => back[colour]) };
}
