import { quoted } from '../../../../shared/text.ts';
import { Random } from '../../../policy/random.ts';
import {
  cycle,
  type Drawing,
  different,
  isHeldOut,
  type LabTask,
  type Puzzle,
  PuzzleError,
  type Verdict,
} from '../task.ts';
import { drawSymmetry, makeSudoku, type Sudoku, transform } from './make.ts';
import { firstClash, type Geometry, geometryOf, search } from './search.ts';

/** Digit d is token d + 1 and a blank is token 1, as in the HRM's data set: 0 is padding. */
const toTokens = (digits: Uint8Array): Uint8Array => digits.map((digit) => digit + 1);
const toDigits = (tokens: Uint8Array, side: number): Uint8Array =>
  tokens.map((token) => (token >= 1 && token <= side + 1 ? token - 1 : 0));

interface SudokuOptions {
  readonly boxRows: number;
  readonly boxColumns: number;
  /** Fewest and most cells that generated puzzles leave blank. */
  readonly blanks: readonly [number, number];
}

export const SUDOKUS: Readonly<Record<string, SudokuOptions>> = {
  sudoku4: { boxRows: 2, boxColumns: 2, blanks: [4, 12] },
  sudoku6: { boxRows: 2, boxColumns: 3, blanks: [9, 26] },
  sudoku9: { boxRows: 3, boxColumns: 3, blanks: [20, 40] },
};

/** Puzzles made by search for training; each is shown under ever new symmetries (arXiv 2506.21734 takes 1,000). */
const POOL = 1000;
const POOL_SEED = 20250626;
const HELD_OUT_SEED = 1_000_000_000;

function puzzleOf({ clues, solution, blanks, guesses }: Sudoku): Puzzle {
  return {
    input: toTokens(clues),
    answer: toTokens(solution),
    identifier: 0,
    size: blanks,
    guesses,
  };
}

/**
 * Sudoku of one size.
 * @param given puzzles to train on, in place of generated ones
 */
export function sudokuTask(id: string, given: readonly Sudoku[] = []): LabTask {
  const { boxRows, boxColumns, blanks } = SUDOKUS[id];
  const geometry = geometryOf(boxRows, boxColumns);
  const { side } = geometry;
  const [least, most] = blanks;
  const make = (random: Random) =>
    makeSudoku(geometry, random, least + random.below(most - least + 1));
  const kept = given.filter(({ solution }) => isHeldOut(solution));
  let pool = given.filter(({ solution }) => !isHeldOut(solution));

  function heldOut(count: number): Puzzle[] {
    if (given.length > 0) return different(Math.min(count, kept.length), cycle(kept.map(puzzleOf)));
    const random = new Random(HELD_OUT_SEED, side);
    return different(count, () => {
      for (;;) {
        const made = make(random);
        if (isHeldOut(made.solution)) return puzzleOf(made);
      }
    });
  }

  function sample(random: Random): Puzzle {
    if (given.length > 0 && pool.length === 0)
      throw new PuzzleError('data: all puzzles fall to the held-out eighth, expected more puzzles');
    if (pool.length === 0) {
      // The same for every seed, so that the puzzles trained on can be told from the task's name.
      const source = new Random(POOL_SEED, side);
      pool = Array.from({ length: POOL }, () => make(source));
    }
    for (;;) {
      const base = pool[random.below(pool.length)];
      const symmetry = drawSymmetry(geometry, random);
      const solution = transform(base.solution, symmetry);
      if (!isHeldOut(solution))
        return puzzleOf({ ...base, clues: transform(base.clues, symmetry), solution });
    }
  }

  const text = (tokens: Uint8Array) =>
    Array.from(toDigits(tokens, side), (digit) => digit || '.').join('');

  return {
    id,
    title: `Sudoku ${side}×${side}`,
    rows: side,
    columns: side,
    vocabulary: side + 2,
    signs: '.123456789'.slice(0, side + 1),
    identifiers: 1,
    sample,
    heldOut,
    parse: (text) => puzzleOf(solved(geometry, readDigits(geometry, text))),
    write: ({ input }) => text(input),
    text,
    check: (puzzle, answer) =>
      checkSudoku(geometry, toDigits(puzzle.input, side), toDigits(answer, side)),
    draw: (puzzle, answer) => drawSudoku(geometry, puzzle, answer),
  };
}

/**
 * Digits of a written Sudoku: `.`, `0`, `_` or `*` for blanks; spaces, lines and `|-+` between cells do not count.
 * @throws PuzzleError
 */
export function readDigits({ side }: Geometry, text: string): Uint8Array {
  const signs = Array.from(text.slice(0, 10_000).replace(/[\s|+-]/g, ''));
  if (signs.length !== side * side || text.length > 10_000) {
    const count = text.length > 10_000 ? `over ${signs.length}` : signs.length;
    throw new PuzzleError(
      `puzzle: got ${count} cells, expected ${side * side} (${side} × ${side})`,
    );
  }
  return Uint8Array.from(signs, (sign, cell) => {
    if ('.0_*'.includes(sign)) return 0;
    const digit = /^[1-9]$/.test(sign) ? Number(sign) : 0;
    if (digit < 1 || digit > side)
      throw new PuzzleError(
        `puzzle: got ${quoted(sign)} in row ${Math.floor(cell / side) + 1}, column ${(cell % side) + 1}, expected 1 to ${side} or . for a blank`,
      );
    return digit;
  });
}

/**
 * Solves and grades a Sudoku.
 * @throws PuzzleError where it breaks a rule, has no solution, several, or none that could be found in reasonable time.
 */
export function solved(geometry: Geometry, clues: Uint8Array): Sudoku {
  const clash = firstClash(geometry, clues);
  if (clash) throw new PuzzleError(`puzzle: ${clash.digit} stands twice in ${clash.where}`);
  const { solutions, first, guesses } = search(geometry, clues);
  if (solutions === 0) throw new PuzzleError('puzzle: has no solution');
  if (solutions > 1)
    throw new PuzzleError('puzzle: has more than one solution, expected exactly one');
  if (!first || solutions < 0)
    throw new PuzzleError(
      'puzzle: the search for its solution took too long, expected an easier one',
    );
  const blanks = clues.reduce((count, digit) => count + (digit === 0 ? 1 : 0), 0);
  return { clues, solution: first, blanks, guesses };
}

function checkSudoku(geometry: Geometry, clues: Uint8Array, answer: Uint8Array): Verdict {
  const changed = [...clues.keys()].filter((cell) => clues[cell] && clues[cell] !== answer[cell]);
  if (changed.length > 0) return { valid: false, why: 'a given digit was changed', wrong: changed };
  const empty = [...answer.keys()].filter((cell) => answer[cell] === 0);
  if (empty.length > 0) return { valid: false, why: 'a cell has no digit', wrong: empty };
  const clash = firstClash(geometry, answer);
  if (!clash) return { valid: true, wrong: [] };
  const blank = clash.cells.filter((cell) => clues[cell] === 0);
  return { valid: false, why: `${clash.digit} stands twice in ${clash.where}`, wrong: blank };
}

function drawSudoku(
  { side, boxRows, boxColumns }: Geometry,
  puzzle: Puzzle,
  answer?: Uint8Array,
): Drawing {
  const clues = toDigits(puzzle.input, side);
  const shown = answer ? toDigits(answer, side) : clues;
  return {
    rows: side,
    columns: side,
    boxRows,
    boxColumns,
    cells: Array.from(clues, (clue, cell) => {
      const digit = clue || shown[cell];
      return {
        text: digit ? String(digit) : '',
        kind: clue ? 'given' : digit ? 'answer' : 'blank',
      };
    }),
  };
}
