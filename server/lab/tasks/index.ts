import { statSync } from 'node:fs';
import { quoted } from '../../../shared/text.ts';
import { arcTask, readArcFolder } from './arc/task.ts';
import { readCsv } from './csv.ts';
import { readMazeRow } from './maze/file.ts';
import { MAZE_SIDES, mazeTask } from './maze/task.ts';
import { readSudokuRow } from './sudoku/file.ts';
import { SUDOKUS, sudokuTask } from './sudoku/task.ts';
import { type LabTask, PuzzleError } from './task.ts';

export * from './task.ts';

const ACCEPTED = `${Object.keys(SUDOKUS).join(', ')}, maze${MAZE_SIDES.least} to maze${MAZE_SIDES.most}, or arc:FOLDER with ARC's JSON files`;

/**
 * The task of this name.
 * @param data a CSV file of puzzles to train and evaluate on, in the format of Sudoku-Extreme or Maze-Hard; generated ones
 * unless given
 * @throws PuzzleError
 */
export async function taskNamed(id: string, data?: string): Promise<LabTask> {
  if (Object.hasOwn(SUDOKUS, id))
    return sudokuTask(id, data ? await readCsv(data, (row) => readSudokuRow(id, row)) : []);
  const side = /^maze(\d{1,2})$/.exec(id)?.[1];
  if (side && Number(side) >= MAZE_SIDES.least && Number(side) <= MAZE_SIDES.most)
    return mazeTask(
      Number(side),
      data ? await readCsv(data, (row) => readMazeRow(Number(side), row)) : [],
    );
  if (id.startsWith('arc:')) {
    if (data)
      throw new PuzzleError('data: ARC reads the folder that the task names, expected no file');
    const folder = id.slice(4);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new PuzzleError(
        `task: ${quoted(folder)} is no folder, expected arc:FOLDER with ARC's JSON files`,
      );
    return arcTask(id, readArcFolder(folder));
  }
  throw new PuzzleError(`task: got ${quoted(id)}, expected ${ACCEPTED}`);
}
