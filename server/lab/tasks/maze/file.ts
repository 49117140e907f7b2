import type { CsvRow } from '../csv.ts';
import { type Puzzle, PuzzleError } from '../task.ts';
import { checkWay, readMaze, readTokens, solved } from './task.ts';

/**
 * A row of Maze-Hard's CSV: question and answer of side² signs, `o` marking the way in the answer.
 * @throws PuzzleError where the answer is not a shortest way through the question
 */
export function readMazeRow(side: number, { question, answer }: CsvRow): Puzzle {
  const maze = readMaze(side, question);
  const puzzle = solved(maze);
  const tokens = readTokens(side, answer);
  const { valid, why } = checkWay(maze, puzzle.input, tokens);
  if (!valid) throw new PuzzleError(`answer: ${why}`);
  return { ...puzzle, answer: tokens };
}
