import { parse } from 'csv-parse/sync';
import { quoted } from '../../../shared/text.ts';
import { PuzzleError } from './task.ts';
import { readPuzzleFile } from './textFile.ts';

const MOST_BYTES = 1024 ** 3;
/** Rows that are read: all are checked, and the papers train on 1,000. Sudoku-Extreme has 3.8 million. */
export const MOST_ROWS = 20_000;

const COLUMNS = ['question', 'answer'] as const;

export interface CsvRow {
  readonly question: string;
  readonly answer: string;
}

/**
 * Reads rows of the published data sets Sudoku-Extreme and Maze-Hard: a header `source,question,answer,rating` in any
 * order, of which question and answer are needed.
 * @param most rows to read; the rest of the file is left alone
 * @param read turns a row into what is wanted, with a PuzzleError where it cannot
 * @throws PuzzleError naming file and line
 */
export async function readCsv<T>(
  file: string,
  read: (row: CsvRow) => T,
  most = MOST_ROWS,
): Promise<T[]> {
  return readCsvText(await readPuzzleFile(file, MOST_BYTES), file, read, most);
}

/** As `readCsv`, for text that was read from `file`. */
export function readCsvText<T>(
  text: string,
  file: string,
  read: (row: CsvRow) => T,
  most = MOST_ROWS,
): T[] {
  let rows: string[][];
  try {
    rows = parse(text, {
      bom: true,
      skip_empty_lines: true,
      to: most + 1,
      relax_column_count: true,
    });
  } catch (error) {
    throw new PuzzleError(`${file}: is no CSV (${(error as Error).message.split('\n')[0]})`);
  }
  const [header = [], ...body] = rows;
  const at = COLUMNS.map((column) => header.indexOf(column));
  const missing = COLUMNS.find((_, i) => at[i] < 0);
  if (missing)
    throw new PuzzleError(
      `${file}: column "${missing}" is missing, got ${quoted(header.join())}, expected source,question,answer,rating`,
    );
  if (body.length === 0)
    throw new PuzzleError(`${file}: holds no puzzles, expected a row for each`);
  return body.map((row, i) => {
    try {
      return read({ question: row[at[0]] ?? '', answer: row[at[1]] ?? '' });
    } catch (error) {
      if (!(error instanceof PuzzleError)) throw error;
      throw new PuzzleError(`${file}: line ${i + 2}: ${error.message}`);
    }
  });
}
