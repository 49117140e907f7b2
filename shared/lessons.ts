import { EVAL_SEED_BASE } from './constants.ts';
import { CURRICULA } from './curricula.ts';
import type { CommandInput } from './protocol.ts';
import { DEFAULT_REWARDS } from './rewards.ts';

/**
 * What each lesson plays: fixed levels, seeds and settings, so that what the lesson says of them can be
 * tested (server/lessons.test.ts) and comes out the same on every screen.
 */

/** The same worlds with the Planner, without it, and with one that sets a single goal. */
export const PLANNER_LESSON = {
  levelId: 'BabyAI-PutNextLocal-v0',
  policy: 'default',
  seed: EVAL_SEED_BASE,
  worlds: 12,
  /** Of the twelve worlds, those whose mission is done. */
  done: { none: 12, withoutPlanner: 7, frozenPlanner: 1 },
} as const;

/** A mission to go to one of two objects, and the cell of the other one. */
export const TELL_LESSON = {
  levelId: 'BabyAI-GoToLocalS8N2-v0',
  policy: 'default',
  seed: EVAL_SEED_BASE + 6,
  mission: 'go to the green key',
  other: { x: 6, y: 1, name: 'yellow ball' },
} as const;

/** Held-out Sudokus on which one thought is never enough: the harder ones of the first two hundred. */
export const THINKING_LESSON = {
  model: 'sudoku6',
  task: 'sudoku6',
  puzzles: [7, 40, 63, 87, 96, 27, 49, 137, 138, 188, 8, 131],
  segments: 12,
  /** How many are solved after the first thought, the second, and so on. */
  solved: [0, 5, 9, 10, 10, 11, 11, 11, 11, 11, 12, 12],
} as const;

/** A run that is paid for its mission and, well meant, for each door that it opens. */
export const REWARD_LESSON = {
  name: 'Lesson: a well-meant reward',
  levelId: 'BabyAI-GoToObjMazeS4R2-v0',
  init: 'rooms',
  seed: 1,
  rewards: { ...DEFAULT_REWARDS, handled: 0.2 },
  settings: { evalEvery: 4 },
} as const satisfies CommandInput<'run:create'>;

const EIGHT_OBJECTS = 'BabyAI-GoToLocal-v0';

/**
 * From nothing: eight objects at once, and no goals learnt in hindsight; then with both, as runs from nothing are by
 * default. The tests of both while they learnt are in server/learning/lesson.json.
 */
export const CURRICULUM_LESSON = {
  alone: {
    name: 'Lesson: eight at once',
    levelId: EIGHT_OBJECTS,
    init: 'scratch',
    seed: 1,
    settings: { hindsightWeight: 0 },
  },
  course: {
    name: 'Lesson: two ways out',
    levelId: EIGHT_OBJECTS,
    init: 'scratch',
    seed: 1,
    curriculum: [...(CURRICULA[EIGHT_OBJECTS] ?? [])],
  },
  /** Share of 200 held-out worlds that are done after 82 thousand steps. */
  success: { neither: 0.585, easier: 0.61, hindsight: 0.83, both: 0.945 },
} as const satisfies Readonly<
  Record<'alone' | 'course', CommandInput<'run:create'>> & { success: object }
>;
