import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { quoted } from '../../../../shared/text.ts';
import { Random } from '../../../policy/random.ts';
import {
  type Drawing,
  IGNORED_TOKEN,
  type LabTask,
  type Puzzle,
  PuzzleError,
  type Variant,
  type Verdict,
} from '../task.ts';
import {
  type ArcTask,
  type Change,
  change,
  changeBack,
  drawChange,
  type Grid,
  MOST_SIDE,
  NO_CHANGE,
  readArcTask,
} from './grids.ts';

/** Token 0 is padding, 1 marks where a picture ends, colours follow (as in the HRM's data set). */
const [PAD, END, COLOUR] = [0, 1, 2];

/** Forms of each task, itself included, that get an embedding of their own; the paper has 1,000. */
const FORMS = 16;
const MOST_TASKS = 2000;
const MOST_FILE = 4 * 1024 ** 2;

/** All tasks in a folder of ARC's JSON files, by name. */
export function readArcFolder(folder: string): ArcTask[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0 || names.length > MOST_TASKS)
    throw new PuzzleError(
      `task: ${folder} holds ${names.length} .json files, expected 1 to ${MOST_TASKS}`,
    );
  return names.map((name) => {
    const file = join(folder, name);
    const { size } = statSync(file);
    if (size > MOST_FILE)
      throw new PuzzleError(`${name}: has ${size} bytes, expected at most ${MOST_FILE}`);
    return readArcTask(name.slice(0, -5), readFileSync(file, 'utf8'));
  });
}

/**
 * ARC-AGI: from a picture to a picture, by a rule that a few pairs show. As in the paper, the rule is an embedding that
 * is learnt from the pairs of `train`; those of `test` are held out.
 */
export function arcTask(id: string, tasks: readonly ArcTask[], forms = FORMS): LabTask {
  const grids = tasks.flatMap(({ train, test }) =>
    [...train, ...test].flatMap(({ input, output }) => (output ? [input, output] : [input])),
  );
  const largest = Math.max(...grids.map(({ rows, columns }) => Math.max(rows, columns)));
  const side = Math.min(MOST_SIDE, largest + 1);
  const changes = tasks.map((_, i) => {
    const random = new Random(20250626, i);
    return Array.from({ length: forms }, (_, form) =>
      form === 0 ? NO_CHANGE : drawChange(random),
    );
  });
  const identifierOf = (task: number, form: number) => 1 + task * forms + form;
  const placeOf = (identifier: number): [number, number] => [
    Math.floor((identifier - 1) / forms),
    (identifier - 1) % forms,
  ];

  function puzzleOf(task: number, form: number, input: Grid, output?: Grid): Puzzle {
    const under = changes[task][form];
    return {
      input: lay(change(input, under), side),
      answer: output && lay(change(output, under), side, IGNORED_TOKEN),
      identifier: identifierOf(task, form),
      size: input.cells.length,
      guesses: 0,
    };
  }
  const tests = tasks.flatMap(({ test }, task) => test.map((pair) => ({ task, pair })));
  const known = tests.filter(({ pair }) => pair.output);

  const text = (answer: Uint8Array) => {
    const { rows, columns, cells } = pick(answer, side);
    return Array.from({ length: rows }, (_, row) =>
      cells.subarray(row * columns, (row + 1) * columns).join(''),
    ).join('\n');
  };

  return {
    id,
    title: `ARC, ${tasks.length} tasks`,
    rows: side,
    columns: side,
    vocabulary: COLOUR + 10,
    identifiers: 1 + tasks.length * forms,
    sample(random) {
      const task = random.below(tasks.length);
      const { train } = tasks[task];
      const { input, output } = train[random.below(train.length)];
      return puzzleOf(task, random.below(forms), input, output);
    },
    heldOut: (count) =>
      known.slice(0, count).map(({ task, pair }) => puzzleOf(task, 0, pair.input, pair.output)),
    parse(given) {
      const [name, index = '0', ...rest] = given.trim().split('#');
      const task = tasks.findIndex((candidate) => candidate.name === name);
      const pair = tasks[task]?.test[Number(index)];
      if (!pair || rest.length > 0)
        throw new PuzzleError(
          `puzzle: got ${quoted(given)}, expected a task's name, as ${tasks[0].name}, or one of its tests, as ${tasks[0].name}#0`,
        );
      return puzzleOf(task, 0, pair.input, pair.output);
    },
    write(puzzle) {
      const [task, form] = placeOf(puzzle.identifier);
      const own = text(puzzle.input);
      const index = tasks[task].test.findIndex(
        ({ input }) => text(lay(change(input, changes[task][form]), side)) === own,
      );
      return index < 0 ? own : `${tasks[task].name}#${index}`;
    },
    text,
    check: (puzzle, answer) => compare(puzzle, answer, side),
    draw: (puzzle, answer) => drawGrid(side, answer ?? puzzle.input),
    variants(puzzle): Variant[] {
      const [task, form] = placeOf(puzzle.identifier);
      const input = changeBack(pick(puzzle.input, side), changes[task][form]);
      return changes[task].map((under: Change, other) => ({
        puzzle: puzzleOf(task, other, input),
        undo: (answer) =>
          lay(change(changeBack(pick(answer, side), under), changes[task][form]), side),
      }));
    },
  };
}

/** A picture in the corner of a square of tokens, its lower and right edges marked where there is room. */
function lay({ rows, columns, cells }: Grid, side: number, outside: number = PAD): Uint8Array {
  const tokens = new Uint8Array(side * side).fill(outside);
  for (let row = 0; row <= Math.min(rows, side - 1); row++) {
    for (let column = 0; column <= Math.min(columns, side - 1); column++) {
      const inside = row < rows && column < columns;
      const at = row * side + column;
      if (inside) tokens[at] = cells[row * columns + column] + COLOUR;
      else if (row === rows ? column < columns : row < rows) tokens[at] = END;
    }
  }
  return tokens;
}

/** The picture that tokens mean: as far as the first row and column that hold anything but a colour. */
function pick(tokens: Uint8Array, side: number): Grid {
  const isColour = (at: number) => tokens[at] >= COLOUR && tokens[at] < COLOUR + 10;
  let columns = 0;
  while (columns < side && isColour(columns)) columns++;
  let rows = 0;
  while (rows < side && isColour(rows * side)) rows++;
  const cells = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = row * side + column;
      cells[row * columns + column] = isColour(at) ? tokens[at] - COLOUR : 0;
    }
  return { rows, columns, cells };
}

function compare({ answer: wanted }: Puzzle, answer: Uint8Array, side: number): Verdict {
  if (!wanted) return { valid: false, why: 'the answer to this test is not known', wrong: [] };
  const wrong = [...wanted.keys()].filter(
    (at) => wanted[at] !== IGNORED_TOKEN && wanted[at] !== answer[at],
  );
  if (wrong.length === 0) return { valid: true, wrong };
  const [got, right] = [pick(answer, side), pick(wanted, side)];
  const why =
    got.rows === right.rows && got.columns === right.columns
      ? `${wrong.length} cells have another colour`
      : `the picture has ${got.rows} × ${got.columns} cells and should have ${right.rows} × ${right.columns}`;
  return { valid: false, why, wrong };
}

function drawGrid(side: number, tokens: Uint8Array): Drawing {
  const cells = Array.from(tokens, (token) => ({
    text: '',
    kind: token >= COLOUR ? (`colour${token - COLOUR}` as const) : ('outside' as const),
  }));
  return { rows: side, columns: side, boxRows: 0, boxColumns: 0, cells };
}
