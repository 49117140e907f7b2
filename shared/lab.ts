import { z } from 'zod';
import {
  LAB_HALVES,
  LAB_KINDS,
  LAB_TASKS,
  type LabHalf,
  MOST_CELLS,
  MOST_EDITS,
  MOST_INDEX,
  MOST_PUZZLE_TEXT,
  MOST_SEGMENTS,
  MOST_TRAJECTORIES,
} from './labTerms.ts';

export * from './labTerms.ts';

/**
 * The reasoning lab on the wire: puzzles, what a model thinks of them segment by segment, and a training that is
 * watched. Segments are counted from 1, as people do.
 */

const count = z.number().int().min(0);
const segment = z.number().int().min(1).max(MOST_SEGMENTS);
const cell = z
  .number()
  .int()
  .min(0)
  .max(MOST_CELLS - 1);

const halves = Object.keys(LAB_HALVES) as [LabHalf, ...LabHalf[]];

const modelName = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9-]+$/, 'accepted: the name of a model that lab:open lists');
const taskName = z.enum(LAB_TASKS);
const puzzleText = z.string().min(1).max(MOST_PUZZLE_TEXT);

export const labPuzzleSchema = z
  .strictObject({
    task: taskName,
    rows: count,
    columns: count,
    boxRows: count.describe('Thick lines after every so many rows; 0 for none.'),
    boxColumns: count.describe('The same of columns.'),
    cells: z
      .string()
      .describe(
        'One sign for each cell: digits and `.` for a blank; `#`, `.`, `S`, `G` of a maze.',
      ),
    solution: z.string().optional().describe('The same of the answer; `o` marks the way.'),
    size: count.describe('Blank cells of a Sudoku, steps of a maze’s shortest way.'),
    guesses: count.describe('Guesses that a search needs beside forced moves.'),
    index: count.optional().describe('Its number among the held-out puzzles.'),
    problem: z
      .string()
      .optional()
      .describe('Why it has no single solution any more, where it was edited in mid-thought.'),
  })
  .describe('A puzzle of the lab.');
export type LabPuzzle = z.infer<typeof labPuzzleSchema>;

export const labThoughtSchema = z
  .strictObject({
    answer: z.string().describe('The likeliest sign of each cell.'),
    confidence: z.array(count).describe('Its probability in percent, for each cell.'),
    halt: z
      .number()
      .describe('What the halting head says, as a logit: above 0 it would stop here.'),
    movedPlanner: z.number().describe('How far the Planner’s state moved, root mean square.'),
    movedDoer: z.number(),
    wrong: z
      .array(count)
      .describe('Cells that differ from the solution, where the answer is wrong.'),
    valid: z.boolean(),
    why: z.string().optional().describe('What is wrong with it, in words.'),
  })
  .describe('What a model thinks of a puzzle after one segment.');
export type LabThought = z.infer<typeof labThoughtSchema>;

export const labTrajectorySchema = z.strictObject({
  kicked: z.boolean(),
  chosen: z
    .boolean()
    .describe('The halting head trusts it most at the end, of all that were thought.'),
  thoughts: z.array(labThoughtSchema).describe('One for each segment.'),
});
export type LabTrajectory = z.infer<typeof labTrajectorySchema>;

export const labModelSchema = z
  .strictObject({
    name: z.string().describe('As lab:think takes it.'),
    task: taskName,
    kind: z.enum(LAB_KINDS),
    parameters: count,
    segments: count.describe('Segments that it was trained with, at most.'),
    steps: count,
    seconds: z.number(),
    exact: z.number().nullable().describe('Share of held-out puzzles solved when it was saved.'),
    shipped: z.boolean().describe('False for one that was trained on this server.'),
  })
  .describe('A model that solves puzzles.');
export type LabModel = z.infer<typeof labModelSchema>;

export const labTaskSchema = z.strictObject({
  id: taskName,
  title: z.string(),
  signs: z.string().describe('What may stand in a cell of a puzzle.'),
});
export type LabTaskInfo = z.infer<typeof labTaskSchema>;

export const LAB_STATUSES = ['idle', 'waiting', 'training', 'ended', 'failed'] as const;

export const labBoardSchema = z.strictObject({
  puzzle: labPuzzleSchema,
  answer: z.string().describe('As of now, after the last segment; empty before the first.'),
  confidence: z.array(count),
  wrong: z.array(count),
  valid: z.boolean(),
});
export type LabBoard = z.infer<typeof labBoardSchema>;

export const labTrainingSchema = z
  .strictObject({
    status: z
      .enum(LAB_STATUSES)
      .describe('`waiting`: until the runs of the gridworld have paused.'),
    task: taskName.optional(),
    kind: z.enum(LAB_KINDS).optional(),
    seed: count.optional(),
    parameters: count.optional(),
    steps: count,
    seconds: z.number(),
    loss: z.number().nullable(),
    curve: z
      .array(
        z.strictObject({
          steps: count,
          seconds: z.number(),
          exact: z.number().describe('Share of held-out puzzles solved.'),
          cells: z.number().describe('Share of their cells that are right.'),
        }),
      )
      .describe('At most 400 points.'),
    puzzles: count.describe('Held-out puzzles that each point of the curve is measured on.'),
    boards: z.array(labBoardSchema).describe('The same held-out puzzles, solved again each time.'),
    paused: z.array(z.string()).describe('Names of the runs that rest meanwhile.'),
    model: z.string().optional().describe('Name of what it has learnt so far, for lab:think.'),
    message: z.string().optional().describe('Why it ended or failed, in words.'),
  })
  .describe('A training of the lab that is watched; one at a time.');
export type LabTraining = z.infer<typeof labTrainingSchema>;

export const labThinkSchema = z.strictObject({
  model: modelName,
  puzzle: puzzleText.describe('As lab:puzzle gives its `cells`, or as people write it.'),
  segments: segment.default(16),
  without: z.enum(halves).default('none'),
  edits: z
    .array(
      z.strictObject({
        segment: segment.describe('The first that sees it.'),
        cell,
        sign: z.string().length(1),
      }),
    )
    .max(MOST_EDITS)
    .default([]),
  kick: z
    .strictObject({
      segment: segment.min(2).describe('Before which the states get noise.'),
      strength: z.number().min(0.01).max(10).describe('Of the noise; states have size 1.'),
      trajectories: z.number().int().min(2).max(MOST_TRAJECTORIES),
      seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
    })
    .optional(),
});
export type LabThink = z.output<typeof labThinkSchema>;

const thinkAnswer = z.strictObject({
  puzzle: labPuzzleSchema.describe('As it stands after all edits.'),
  trajectories: z.array(labTrajectorySchema).describe('The first is without noise.'),
  milliseconds: z.number(),
});
export type LabThinkAnswer = z.infer<typeof thinkAnswer>;

const oneBlankAnswer = z.strictObject({
  puzzle: labPuzzleSchema.describe('One that it fails on, where it fails on any.'),
  tried: count,
  solved: count,
});
export type LabOneBlankAnswer = z.infer<typeof oneBlankAnswer>;

const openAnswer = z.strictObject({
  tasks: z.array(labTaskSchema),
  models: z.array(labModelSchema),
  training: labTrainingSchema,
});
export type LabOpenAnswer = z.infer<typeof openAnswer>;

export const labPuzzleRequestSchema = z
  .strictObject({
    task: taskName,
    index: z.number().int().min(0).max(MOST_INDEX).optional(),
    text: puzzleText.optional(),
    blankOneMore: z.boolean().optional().describe('With `text`: one given cell less.'),
  })
  .refine(({ index, text }) => (index === undefined) !== (text === undefined), {
    message: 'accepted: either index or text',
  })
  .refine(({ text, blankOneMore }) => !blankOneMore || text !== undefined, {
    message: 'blankOneMore: accepted together with text',
  });
export type LabPuzzleRequest = z.output<typeof labPuzzleRequestSchema>;

/** The lab's commands, for the table of all commands. */
export const LAB_COMMANDS = {
  'lab:open': {
    right: 'watch',
    payload: z.strictObject({}),
    data: openAnswer,
    help: 'Models, tasks and the training. From now on `lab:training` comes.',
  },
  'lab:close': { right: 'watch', payload: z.strictObject({}), data: z.strictObject({}), help: '' },
  'lab:puzzle': {
    right: 'watch',
    payload: labPuzzleRequestSchema,
    data: z.strictObject({ puzzle: labPuzzleSchema }),
    help: 'A held-out puzzle by number, or what a person wrote, checked.',
  },
  'lab:think': {
    right: 'watch',
    payload: labThinkSchema,
    data: thinkAnswer,
    help: 'Thinks about one puzzle and shows each segment. Equal requests have equal answers.',
  },
  'lab:oneBlank': {
    right: 'watch',
    payload: z.strictObject({ model: modelName }),
    data: oneBlankAnswer,
    help: 'Solved Sudokus with one blank cell each, of which the model is known to fail on some.',
  },
  'lab:train': {
    right: 'control',
    payload: z.strictObject({
      task: taskName,
      kind: z.enum(LAB_KINDS).default('hrm'),
      seed: z
        .number()
        .int()
        .min(0)
        .max(2 ** 31)
        .default(1),
    }),
    data: z.strictObject({ training: labTrainingSchema }),
    help: 'Trains a model from nothing; runs of the gridworld are paused until it ends. It ends by itself after 30 minutes, or where a run is started.',
  },
  'lab:stop': {
    right: 'control',
    payload: z.strictObject({}),
    data: z.strictObject({ training: labTrainingSchema }),
    help: 'Ends the training; what it has learnt is kept as a model.',
  },
} as const;

/** The lab's events, for the table of all events. */
export const LAB_EVENTS = {
  'lab:training': {
    message: labTrainingSchema,
    to: 'who has the lab open',
    help: 'Whenever the watched puzzles have been solved again, every few seconds.',
  },
} as const;
