import type { Random } from '../../policy/random.ts';

/** A puzzle, file or task name that cannot be used. The message names the field, what was given and what is accepted. */
export class PuzzleError extends Error {
  override name = 'PuzzleError';
}

/** One puzzle in tokens, row by row. */
export interface Puzzle {
  readonly input: Uint8Array;
  /** What the model should answer; `IGNORED_TOKEN` where nothing is asked. Absent where nobody knows it. */
  readonly answer?: Uint8Array;
  /** Which rule the puzzle follows, for tasks that learn an embedding for each (ARC); 0 elsewhere. */
  readonly identifier: number;
  /** How hard it is: blank cells of a Sudoku, length of a maze's path. */
  readonly size: number;
  /** Guesses that a search needs beside forced moves; 0 where no search is needed. */
  readonly guesses: number;
}

/** An answer's token where any would do. Never an input. */
export const IGNORED_TOKEN = 255;

export interface Verdict {
  readonly valid: boolean;
  /** What is wrong with the first wrong place, for people. */
  readonly why?: string;
  /** Cells that break a rule. */
  readonly wrong: readonly number[];
}

/** A board as pictures and pages draw it. */
export interface Drawing {
  readonly rows: number;
  readonly columns: number;
  /** Thick lines after every so many rows and columns; 0 for none. */
  readonly boxRows: number;
  readonly boxColumns: number;
  readonly cells: readonly { readonly text: string; readonly kind: CellKind }[];
}
export type CellKind =
  | 'given'
  | 'blank'
  | 'answer'
  | 'wall'
  | 'free'
  | 'end'
  | 'path'
  | 'outside'
  | `colour${number}`;

/**
 * A kind of puzzle. A new one is a folder with one of these and a line in `index.ts`; the contract's tests run it
 * through everything that training, solving and drawing need.
 */
export interface LabTask {
  /** As `--task` takes it. */
  readonly id: string;
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  /** Tokens are 0 to `vocabulary` - 1; 0 is padding. */
  readonly vocabulary: number;
  /** One sign for each token from 1 on, as `write` and `text` write it; absent where a token is not one sign. */
  readonly signs?: string;
  /** Rules to tell apart by an embedding each; 1 for none. */
  readonly identifiers: number;
  /** A puzzle to train on, with its answer. Equal states of `random` give equal puzzles. */
  sample(random: Random): Puzzle;
  /**
   * Different puzzles that training never sees, always the same; fewer than `count` where there are no more. They share
   * no solution (Sudoku), layout (maze) or test pair (ARC) with what is trained on.
   */
  heldOut(count: number): Puzzle[];
  /**
   * Reads what a person wrote or a file holds.
   * @throws PuzzleError saying what is wrong, also where a puzzle has no solution or several.
   */
  parse(text: string): Puzzle;
  /** A puzzle as text that `parse` reads again. */
  write(puzzle: Puzzle): string;
  /** An answer as text. */
  text(answer: Uint8Array): string;
  /** Whether `answer` solves `puzzle`. Sudokus and mazes are checked by their rules, without the puzzle's own answer. */
  check(puzzle: Puzzle, answer: Uint8Array): Verdict;
  draw(puzzle: Puzzle, answer?: Uint8Array): Drawing;
  /** The same puzzle in other forms, and how their answers are turned back: for voting. */
  variants?(puzzle: Puzzle): readonly Variant[];
}

export interface Variant {
  readonly puzzle: Puzzle;
  undo(answer: Uint8Array): Uint8Array;
}

/** FNV-1a over small numbers: which split a solution or layout belongs to must not depend on seeds or order. */
export function hashCells(cells: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const cell of cells) hash = Math.imul(hash ^ cell, 0x01000193);
  // The last bits of FNV mix badly for short inputs.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

/** One in eight is held out: by its solution or layout, whatever the seed. */
export const isHeldOut = (cells: Uint8Array): boolean => (hashCells(cells) >>> 8) % 8 === 0;

/** `count` different puzzles from `make`, which always makes the same ones in the same order; fewer where it repeats itself. */
export function different(count: number, make: () => Puzzle): Puzzle[] {
  const found = new Map<string, Puzzle>();
  for (let misses = 0; found.size < count && misses < 1000; ) {
    const puzzle = make();
    const key = puzzle.input.join();
    if (found.has(key)) misses++;
    else {
      misses = 0;
      found.set(key, puzzle);
    }
  }
  return [...found.values()];
}

/** The held-out puzzles after the first `skip`; fewer than `count` where there are no more. */
export const heldOutAfter = (task: LabTask, skip: number, count: number): Puzzle[] =>
  task.heldOut(skip + count).slice(skip);

/** Gives one of a list after the other, and begins again. */
export function cycle<T>(list: readonly T[]): () => T {
  let turn = 0;
  return () => list[turn++ % list.length];
}
