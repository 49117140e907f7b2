import type {
  LabModel,
  LabPuzzle,
  LabTaskInfo,
  LabThinkAnswer,
  LabThought,
  LabTraining,
} from '../../shared/lab.ts';
import type { LabHalf } from '../../shared/labTerms.ts';

export const VERBS = ['solve', 'train'] as const;
export type Verb = (typeof VERBS)[number];

/** A cell that was changed in the middle of a thought. */
export interface Edit {
  segment: number;
  cell: number;
  sign: string;
}

export interface Kick {
  segment: number;
  strength: number;
  trajectories: number;
  seed: number;
}

export interface LabState {
  verb: Verb;
  connection: 'connecting' | 'online' | 'offline' | 'refused';
  reason: string;
  tasks: readonly LabTaskInfo[];
  models: readonly LabModel[];
  training: LabTraining | undefined;

  model: string | undefined;
  puzzle: LabPuzzle | undefined;
  /** Cells as a person is changing them, while they are no proper puzzle yet. */
  draft: string | undefined;
  /** What is wrong with what was written or asked, in words. */
  problem: string;
  /** What is worth saying of the puzzle: where it is from. */
  note: string;

  segments: number;
  without: LabHalf;
  edits: readonly Edit[];
  kick: Kick | undefined;

  answer: LabThinkAnswer | undefined;
  isThinking: boolean;
  /** Segment on the board; 0 is the puzzle before any thought. */
  at: number;
  isPlaying: boolean;
  /** Which trajectory is on the large board. */
  trajectory: number;
  /** Cell that is chosen for editing. */
  cell: number | undefined;
}

export const START: LabState = {
  verb: 'solve',
  connection: 'connecting',
  reason: '',
  tasks: [],
  models: [],
  training: undefined,
  model: undefined,
  puzzle: undefined,
  draft: undefined,
  problem: '',
  note: '',
  segments: 16,
  without: 'none',
  edits: [],
  kick: undefined,
  answer: undefined,
  isThinking: false,
  at: 0,
  isPlaying: false,
  trajectory: 0,
  cell: undefined,
};

export const modelOf = ({ models, model }: LabState): LabModel | undefined =>
  models.find(({ name }) => name === model);

export const taskOf = ({ tasks, puzzle }: LabState): LabTaskInfo | undefined =>
  tasks.find(({ id }) => id === puzzle?.task);

/** Thoughts of the trajectory on the board. */
export const thoughtsOf = ({ answer, trajectory }: LabState): readonly LabThought[] =>
  answer?.trajectories[trajectory]?.thoughts ?? [];

/** What stands in the cells before segment `at` is thought: the puzzle with the edits until then. */
export function cellsAt({ puzzle, draft, edits }: LabState, at: number): string {
  if (!puzzle) return '';
  if (draft !== undefined) return draft;
  const cells = [...puzzle.cells];
  for (const { segment, cell, sign } of edits) if (segment <= at) cells[cell] = sign;
  return cells.join('');
}

/** Cells whose sign is another one than a segment earlier. */
export function changedCells(thoughts: readonly LabThought[], at: number): Set<number> {
  const [before, now] = [thoughts[at - 2], thoughts[at - 1]];
  if (!before || !now) return new Set();
  return new Set([...now.answer].flatMap((sign, i) => (before.answer[i] === sign ? [] : [i])));
}

/** First segment after which the halting head would stop; undefined where it never does. */
export function stopsAt(thoughts: readonly LabThought[]): number | undefined {
  const found = thoughts.findIndex(({ halt }) => halt > 0);
  return found < 0 ? undefined : found + 1;
}

/** From this segment on the answer is right and stays so; undefined where it is wrong at the end. */
export function solvedFrom(thoughts: readonly LabThought[]): number | undefined {
  const lastWrong = thoughts.findLastIndex(({ valid }) => !valid);
  return thoughts.length === 0 || lastWrong === thoughts.length - 1 ? undefined : lastWrong + 2;
}

/** A store of one state: listeners are told once after each change. */
export function createLabStore() {
  let state = START;
  const listeners: ((state: LabState, before: LabState) => void)[] = [];
  return {
    get: () => state,
    set(patch: Partial<LabState>) {
      const before = state;
      state = { ...state, ...patch };
      for (const listener of listeners) listener(state, before);
    },
    watch(listener: (state: LabState, before: LabState) => void) {
      listeners.push(listener);
      listener(state, state);
    },
  };
}
export type LabStore = ReturnType<typeof createLabStore>;
