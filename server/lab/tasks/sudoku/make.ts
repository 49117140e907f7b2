import type { Random } from '../../../policy/random.ts';
import { type Geometry, search } from './search.ts';

export interface Sudoku {
  /** Digits, 0 where blank. */
  readonly clues: Uint8Array;
  readonly solution: Uint8Array;
  readonly blanks: number;
  readonly guesses: number;
}

const numbered = (count: number, from = 0) =>
  Int32Array.from({ length: count }, (_, i) => i + from);

/** A full board: a drawn first row, a search in a drawn order of digits, and a drawn symmetry. */
function fullBoard(geometry: Geometry, random: Random): Uint8Array {
  const { side } = geometry;
  for (;;) {
    const cells = new Uint8Array(side * side);
    cells.set(random.shuffle(numbered(side, 1)));
    const order = random.shuffle(numbered(side, 1));
    const { first } = search(geometry, cells, { limit: 1, order, budget: 5000 });
    if (first) return transform(first, drawSymmetry(geometry, random));
  }
}

/**
 * Makes a Sudoku with one solution: cells are blanked in a drawn order, and kept where a second solution would appear,
 * until `blanks` are blank or no more can be.
 */
export function makeSudoku(geometry: Geometry, random: Random, blanks: number): Sudoku {
  const solution = fullBoard(geometry, random);
  const clues = Uint8Array.from(solution);
  let blank = 0;
  for (const cell of random.shuffle(numbered(solution.length))) {
    if (blank >= blanks) break;
    const digit = clues[cell];
    clues[cell] = 0;
    if (search(geometry, clues).solutions === 1) blank++;
    else clues[cell] = digit;
  }
  return { clues, solution, blanks: blank, guesses: search(geometry, clues).guesses };
}

/** A way to rename digits and move rows and columns that turns Sudokus into Sudokus. */
export interface Symmetry {
  /** Where each cell's content comes from. */
  readonly from: Int32Array;
  /** New digit for each digit; 0 stays. */
  readonly digits: Uint8Array;
}

/** Rows (or columns) in an order that keeps bands of `size` together. */
function drawLines(random: Random, bands: number, size: number): number[] {
  return Array.from(random.shuffle(numbered(bands))).flatMap((band) =>
    Array.from(random.shuffle(numbered(size)), (line) => band * size + line),
  );
}

/** Drawn evenly: digits, bands, lines in bands, and turning about the diagonal where boxes are square. */
export function drawSymmetry({ side, boxRows, boxColumns }: Geometry, random: Random): Symmetry {
  const rows = drawLines(random, side / boxRows, boxRows);
  const columns = drawLines(random, side / boxColumns, boxColumns);
  const turn = boxRows === boxColumns && random.below(2) === 1;
  const from = Int32Array.from({ length: side * side }, (_, cell) => {
    const row = rows[Math.floor(cell / side)];
    const column = columns[cell % side];
    return turn ? column * side + row : row * side + column;
  });
  const digits = new Uint8Array(side + 1);
  digits.set(random.shuffle(numbered(side, 1)), 1);
  return { from, digits };
}

export function transform(cells: Uint8Array, { from, digits }: Symmetry): Uint8Array {
  return Uint8Array.from(from, (source) => digits[cells[source]]);
}
