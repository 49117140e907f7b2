import type { CsvRow } from '../csv.ts';
import { PuzzleError } from '../task.ts';
import type { Sudoku } from './make.ts';
import { geometryOf } from './search.ts';
import { readDigits, SUDOKUS, solved } from './task.ts';

/**
 * A row of Sudoku-Extreme's CSV: 81 signs of question (`.` for a blank) and 81 digits of answer.
 * @throws PuzzleError where the question has no single solution, or another than the answer
 */
export function readSudokuRow(id: string, { question, answer }: CsvRow): Sudoku {
  const { boxRows, boxColumns } = SUDOKUS[id];
  const geometry = geometryOf(boxRows, boxColumns);
  const sudoku = solved(geometry, readDigits(geometry, question));
  const digits = readDigits(geometry, answer);
  const differs = digits.findIndex((digit, cell) => digit !== sudoku.solution[cell]);
  if (differs >= 0) {
    const place = `row ${Math.floor(differs / geometry.side) + 1}, column ${(differs % geometry.side) + 1}`;
    throw new PuzzleError(
      `answer: got ${digits[differs] || 'a blank'} in ${place}, expected ${sudoku.solution[differs]} by the question`,
    );
  }
  return sudoku;
}
