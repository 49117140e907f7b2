import { IGNORE_LABEL, type PuzzleBatch } from '../policy/paper/index.ts';
import { IGNORED_TOKEN, type Puzzle } from './tasks/task.ts';

/** Puzzles as a batch of `length` tokens each; labels are ignored where an answer is unknown or not asked. */
export function batchOf(puzzles: readonly Puzzle[], length: number): PuzzleBatch {
  const inputs = new Int32Array(puzzles.length * length);
  const labels = new Int32Array(puzzles.length * length).fill(IGNORE_LABEL);
  for (const [row, { input, answer }] of puzzles.entries()) {
    inputs.set(input, row * length);
    if (!answer) continue;
    for (let i = 0; i < length; i++)
      if (answer[i] !== IGNORED_TOKEN) labels[row * length + i] = answer[i];
  }
  return { inputs, labels, puzzleIdentifiers: Int32Array.from(puzzles, (p) => p.identifier) };
}
