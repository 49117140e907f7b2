import { quoted } from '../../../../shared/text.ts';
import { Random } from '../../../policy/random.ts';
import {
  type CellKind,
  cycle,
  type Drawing,
  different,
  isHeldOut,
  type LabTask,
  type Puzzle,
  PuzzleError,
  type Verdict,
} from '../task.ts';
import { makeMaze } from './make.ts';
import { type Maze, shortestWay } from './ways.ts';

/** Signs in the order of their tokens, as in the HRM's data set; 0 is padding. */
const SIGNS = '# SGo';
const [WALL, FREE, START, GOAL, WAY] = [1, 2, 3, 4, 5];

const toInput = ({ free, start, goal }: Maze): Uint8Array => {
  const tokens = free.map((open) => (open ? FREE : WALL));
  tokens[start] = START;
  tokens[goal] = GOAL;
  return tokens;
};

function puzzleOf(maze: Maze, way: readonly number[]): Puzzle {
  const input = toInput(maze);
  const answer = Uint8Array.from(input);
  for (const cell of way) answer[cell] = WAY;
  return { input, answer, identifier: 0, size: way.length + 1, guesses: 0 };
}

const mazeOf = (tokens: Uint8Array, side: number): Maze => ({
  side,
  free: tokens.map((token) => (token === WALL ? 0 : 1)),
  start: tokens.indexOf(START),
  goal: tokens.indexOf(GOAL),
});

const HELD_OUT_SEED = 1_000_000_000;

/** Sides that mazes may have: beyond, attention over all cells takes more memory than a process has. */
export const MAZE_SIDES = { least: 5, most: 30 };

/**
 * Shortest ways through mazes of one size.
 * @param given puzzles to train on, in place of generated ones
 */
export function mazeTask(side: number, given: readonly Puzzle[] = []): LabTask {
  const kept = given.filter(({ input }) => isHeldOut(input));
  const pool = given.filter(({ input }) => !isHeldOut(input));
  const made = (random: Random, heldOut: boolean): Puzzle => {
    for (;;) {
      const maze = makeMaze(side, random);
      // By walls alone: the same maze with other ends is no new one.
      if (isHeldOut(maze.free) === heldOut) return puzzleOf(maze, shortestWay(maze) as number[]);
    }
  };

  function sample(random: Random): Puzzle {
    if (given.length === 0) return made(random, false);
    if (pool.length === 0)
      throw new PuzzleError('data: all puzzles fall to the held-out eighth, expected more puzzles');
    return pool[random.below(pool.length)];
  }

  function heldOut(count: number): Puzzle[] {
    if (given.length > 0) return different(Math.min(count, kept.length), cycle(kept));
    const random = new Random(HELD_OUT_SEED, side);
    return different(count, () => made(random, true));
  }

  const text = (tokens: Uint8Array) => mazeText(tokens, side);

  return {
    id: `maze${side}`,
    title: `Maze ${side}×${side}`,
    rows: side,
    columns: side,
    vocabulary: SIGNS.length + 1,
    signs: SIGNS.replace(' ', '.'),
    identifiers: 1,
    sample,
    heldOut,
    parse: (text) => solved(readMaze(side, text)),
    write: ({ input }) => text(input),
    text,
    check: (puzzle, answer) => checkWay(mazeOf(puzzle.input, side), puzzle.input, answer),
    draw: (puzzle, answer) => drawMaze(side, puzzle, answer),
  };
}

const mazeText = (tokens: Uint8Array, side: number): string =>
  Array.from({ length: side }, (_, row) =>
    Array.from(tokens.subarray(row * side, (row + 1) * side), (token) =>
      token === FREE ? '.' : (SIGNS[token - 1] ?? '.'),
    ).join(''),
  ).join('\n');

/** @throws PuzzleError where no way leads from S to G. */
export function solved(maze: Maze): Puzzle {
  const way = shortestWay(maze);
  if (!way) throw new PuzzleError('puzzle: no way leads from S to G');
  return puzzleOf(maze, way);
}

/**
 * A written maze: lines of `#` (wall), `.` or a space (free), one `S` and one `G`; or all rows in one line.
 * @throws PuzzleError
 */
export function readMaze(side: number, text: string): Maze {
  return mazeOf(readTokens(side, text, GOAL), side);
}

/** Tokens of a written maze, up to token `most`: `WAY` occurs in answers only. */
export function readTokens(side: number, text: string, most: number = WAY): Uint8Array {
  const accepted = `${side} rows of ${side} cells`;
  if (text.length > 4 * MAZE_SIDES.most ** 2)
    throw new PuzzleError(`puzzle: got ${text.length} characters, expected ${accepted}`);
  const lines = text.replace(/^[\r\n]+|[\r\n]+$/g, '').split(/\r?\n/);
  const rows =
    lines.length === 1 && lines[0].length === side * side
      ? Array.from({ length: side }, (_, row) => lines[0].slice(row * side, (row + 1) * side))
      : lines;
  if (rows.length !== side)
    throw new PuzzleError(`puzzle: got ${rows.length} rows, expected ${accepted}`);
  const tokens = new Uint8Array(side * side);
  for (const [row, line] of rows.entries()) {
    if (line.length !== side)
      throw new PuzzleError(`puzzle: row ${row + 1} has ${line.length} cells, expected ${side}`);
    for (let column = 0; column < side; column++) {
      const sign = line[column] === '.' ? ' ' : line[column];
      const token = SIGNS.indexOf(sign) + 1;
      if (token < 1 || token > most)
        throw new PuzzleError(
          `puzzle: got ${quoted(sign)} in row ${row + 1}, column ${column + 1}, expected # (wall), . (free), S or G`,
        );
      tokens[row * side + column] = token;
    }
  }
  for (const [token, sign] of [
    [START, 'S'],
    [GOAL, 'G'],
  ] as const) {
    const count = tokens.filter((t) => t === token).length;
    if (count !== 1)
      throw new PuzzleError(`puzzle: got ${count} cells with ${sign}, expected exactly one`);
  }
  return tokens;
}

export function checkWay(maze: Maze, input: Uint8Array, answer: Uint8Array): Verdict {
  const changed = [...input.keys()].filter(
    (cell) => answer[cell] !== input[cell] && !(input[cell] === FREE && answer[cell] === WAY),
  );
  if (changed.length > 0)
    return { valid: false, why: 'a wall, an end or a free cell was changed', wrong: changed };
  const marked = [...answer.keys()].filter((cell) => answer[cell] === WAY);
  const free = Uint8Array.from(answer, (token) =>
    token === WAY || token === START || token === GOAL ? 1 : 0,
  );
  const walked = shortestWay({ ...maze, free });
  if (!walked) return { valid: false, why: 'the way does not lead from S to G', wrong: marked };
  const shortest = shortestWay(maze) as number[];
  if (walked.length > shortest.length) {
    const why = `the way takes ${walked.length + 1} steps and the shortest ${shortest.length + 1}`;
    return { valid: false, why, wrong: walked };
  }
  const astray = marked.filter((cell) => !walked.includes(cell));
  if (astray.length > 0)
    return { valid: false, why: 'cells beside the way are marked', wrong: astray };
  return { valid: true, wrong: [] };
}

const KINDS: readonly CellKind[] = ['outside', 'wall', 'free', 'end', 'end', 'path'];

function drawMaze(side: number, { input }: Puzzle, answer?: Uint8Array): Drawing {
  const cells = Array.from(input, (token, cell) => {
    // Walls and ends are drawn as given, whatever an answer makes of them.
    const shown = token === FREE && answer?.[cell] === WAY ? WAY : token;
    return { text: token === START ? 'S' : token === GOAL ? 'G' : '', kind: KINDS[shown] };
  });
  return { rows: side, columns: side, boxRows: 0, boxColumns: 0, cells };
}
