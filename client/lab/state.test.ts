import { expect, test } from '@jest/globals';
import type { LabThought } from '../../shared/lab.ts';
import { formatLabPlace, parseLabPlace } from './address.ts';
import { cellsAt, changedCells, type LabState, START, solvedFrom, stopsAt } from './state.ts';
import { explainHalt, verdictOf, whereFrom } from './words.ts';

const thought = (answer: string, wrong: number[] = [], halt = -1): LabThought => ({
  answer,
  confidence: [...answer].map(() => 50),
  halt,
  movedPlanner: 1,
  movedDoer: 1,
  wrong,
  valid: wrong.length === 0,
});
const thoughts = [thought('1111', [1, 2]), thought('1211', [2]), thought('1221', [], 2)];
const puzzle = {
  task: 'sudoku4',
  rows: 2,
  columns: 2,
  boxRows: 0,
  boxColumns: 0,
  cells: '1..1',
  size: 2,
  guesses: 1,
} as const;
const state: LabState = {
  ...START,
  puzzle,
  note: 'Your puzzle.',
  answer: {
    puzzle,
    milliseconds: 1,
    trajectories: [{ kicked: false, chosen: true, thoughts }],
  },
};

test('what changed, when it is solved, and when the head would stop', () => {
  expect([1, 2, 3].map((at) => [...changedCells(thoughts, at)])).toEqual([[], [1], [2]]);
  expect([solvedFrom(thoughts), stopsAt(thoughts)]).toEqual([3, 3]);
  expect(solvedFrom(thoughts.slice(0, 2))).toBeUndefined();
  expect(stopsAt(thoughts.slice(0, 2))).toBeUndefined();
  // Right once and then wrong again is not solved.
  expect(solvedFrom([thought('1221'), thought('1111', [1])])).toBeUndefined();
});

test('an edit in mid-thought stands from its segment on, and not before', () => {
  const edited = { ...state, edits: [{ segment: 3, cell: 1, sign: '4' }] };
  expect([2, 3].map((at) => cellsAt(edited, at))).toEqual(['1..1', '14.1']);
  expect(cellsAt({ ...state, draft: '1.21' }, 0)).toBe('1.21');
});

test('words for what is on the board', () => {
  expect(whereFrom(state)).toBe('2 blank cells, 1 guess for a search. Your puzzle.');
  const at = (segment: number) => ({ ...state, at: segment });
  expect([0, 1, 2, 3].map((segment) => verdictOf(at(segment)))).toEqual([
    'Solved from segment 3 on',
    '2 cells wrong',
    '1 cell wrong',
    'Solved here',
  ]);
  expect([0, 1, 3].map((segment) => explainHalt(at(segment)))).toEqual([
    'would stop at 3',
    'go on (-1.0)',
    'stop (2.0)',
  ]);
});

test('a link shows the same again, and says what in it cannot be read', () => {
  const place = {
    verb: 'train',
    model: 'sudoku4',
    puzzle: '1..1\n2',
    segments: 32,
    at: 0,
  } as const;
  expect(parseLabPlace(formatLabPlace(place))).toEqual({ place, problems: [] });
  const { place: read, problems } = parseLabPlace(
    `?task=chess&at=99&do=fly&model=${encodeURIComponent('../x')}&puzzle=${'1'.repeat(5000)}`,
  );
  expect(Object.values(read).filter((value) => value !== undefined)).toEqual([]);
  expect(problems).toHaveLength(5);
  expect(problems[0]).toBe(
    'The link’s task is “chess”; accepted: sudoku4, sudoku6, sudoku9, maze9.',
  );
});
