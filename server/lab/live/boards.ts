import type { LabPuzzle, LabThought } from '../../../shared/lab.ts';
import { RequestError } from '../../../shared/requestError.ts';
import { IGNORED_TOKEN, type LabTask, type Puzzle, PuzzleError } from '../tasks/index.ts';
import type { Thought } from '../think.ts';

/** Text of a board in one line, a sign for each cell. */
const inLine = (text: string) => text.replaceAll('\n', '');

/** A puzzle as the page takes it. */
export function wirePuzzle(task: LabTask, puzzle: Puzzle): LabPuzzle {
  const { rows, columns, boxRows, boxColumns } = task.draw(puzzle);
  return {
    task: task.id as LabPuzzle['task'],
    rows,
    columns,
    boxRows,
    boxColumns,
    cells: inLine(task.write(puzzle)),
    ...(puzzle.answer ? { solution: inLine(task.text(puzzle.answer)) } : {}),
    size: puzzle.size,
    guesses: puzzle.guesses,
  };
}

/** Reads what a person wrote. Throws a RequestError that names `field`. */
export function readPuzzle(task: LabTask, text: string, field: string): Puzzle {
  try {
    return task.parse(text);
  } catch (error) {
    if (!(error instanceof PuzzleError)) throw error;
    throw new RequestError('bad-request', error.message.replace(/^puzzle\b/, field), {
      reason: 'bad-value',
      field,
    });
  }
}

/** The token that a sign stands for. Throws a RequestError naming `field`, also where no board can have it there. */
export function readSign(task: LabTask, sign: string, field: string): number {
  const accepted = editableSigns(task);
  if (!accepted.includes(sign))
    throw new RequestError(
      'bad-request',
      `${field} is ${JSON.stringify(sign)}; accepted: one of ${accepted}`,
      { reason: 'bad-value', field },
    );
  return (task.signs ?? '').indexOf(sign) + 1;
}

/** What a cell may be made: the ends of a maze and its way are not for editing. */
export const editableSigns = (task: LabTask): string => (task.signs ?? '').replace(/[SGo]/g, '');

/** Judges an answer by the rules; where it is wrong, marks what differs from the solution, if the puzzle has one. */
export function judged(
  task: LabTask,
  puzzle: Puzzle,
  answer: Uint8Array,
): Pick<LabThought, 'wrong' | 'valid' | 'why'> {
  const { valid, why, wrong } = task.check(puzzle, answer);
  if (valid) return { valid, wrong: [] };
  const known = puzzle.answer;
  const differing = known
    ? [...known.keys()].filter(
        (cell) => known[cell] !== IGNORED_TOKEN && known[cell] !== answer[cell],
      )
    : [...wrong];
  return { valid, wrong: differing.length > 0 ? differing : [...wrong], ...(why ? { why } : {}) };
}

const rounded = (x: number, places: number) => Number(x.toFixed(places));
export const percents = (confidence: Float32Array): number[] =>
  Array.from(confidence, (p) => Math.round(100 * p));

export function wireThought(task: LabTask, puzzle: Puzzle, thought: Thought): LabThought {
  return {
    answer: inLine(task.text(thought.answer)),
    confidence: percents(thought.confidence),
    halt: rounded(thought.halt, 3),
    movedPlanner: rounded(thought.movedPlanner, 5),
    movedDoer: rounded(thought.movedDoer, 5),
    ...judged(task, puzzle, thought.answer),
  };
}
