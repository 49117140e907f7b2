/** Limits and names of the lab that the page needs too; the schemas are in `lab.ts`. */

export const MOST_SEGMENTS = 64;
export const MOST_TRAJECTORIES = 12;
/** Cells of all thoughts that one answer may hold: trajectories × segments × cells. */
export const MOST_THOUGHT_CELLS = 60_000;
/** The largest board, and the longest text that may be one. */
export const MOST_CELLS = 900;
export const MOST_PUZZLE_TEXT = 4 * MOST_CELLS;
export const MOST_EDITS = 32;
/** Held-out puzzles that can be asked for by number. */
export const MOST_INDEX = 199;
/** Puzzles that are solved again and again while a model is trained. */
export const WATCHED_PUZZLES = 6;

/** Parts of the model that can be switched off, to see what they are good for. */
export const LAB_HALVES = {
  none: { label: 'Both halves', help: 'The model as it was trained.' },
  planner: {
    label: 'Planner off',
    help: 'The Planner’s state stays as it is before any thought, so the Doer works without a plan. Answers are read from the Planner’s state alone, so it is asked once for each answer, and forgets.',
  },
  frozenPlanner: {
    label: 'Planner frozen',
    help: 'The Planner thinks in the first segment; after that its state stays. It is asked once for each answer, and forgets.',
  },
  doer: {
    label: 'Doer off',
    help: 'The Doer’s state stays as it is before any thought. The puzzle reaches the Planner through the Doer alone, so the Planner never sees it.',
  },
  frozenDoer: {
    label: 'Doer frozen',
    help: 'The Doer thinks in the first segment; after that its state stays, and the Planner goes on with it.',
  },
} as const;
export type LabHalf = keyof typeof LAB_HALVES;

/** Kinds of puzzle that can be trained on while people look on. */
export const LAB_TASKS = ['sudoku4', 'sudoku6', 'sudoku9', 'maze9'] as const;
export const LAB_KINDS = ['hrm', 'trm', 'flat'] as const;
export type LabKind = (typeof LAB_KINDS)[number];
