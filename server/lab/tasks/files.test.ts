import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Random } from '../../policy/random.ts';
import { type ArcTask, change, changeBack, drawChange, readArcTask } from './arc/grids.ts';
import { taskNamed } from './index.ts';
import { makeSudoku } from './sudoku/make.ts';
import { geometryOf, search } from './sudoku/search.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** Puzzles in the published layout: signs row by row, in one line. */
async function rows(id: string, count: number, random = new Random(5)): Promise<string[]> {
  const task = await taskNamed(id);
  return Array.from({ length: count }, () => {
    const puzzle = task.sample(random);
    const line = (text: string) =>
      text.replaceAll('\n', '').replaceAll('.', id.startsWith('maze') ? ' ' : '.');
    return `made,${line(task.write(puzzle))},${line(task.text(puzzle.answer as Uint8Array))},${puzzle.guesses}`;
  });
}

test.each(['sudoku9', 'maze30'])(
  '%s loads the published CSV and keeps an eighth for evaluation',
  async (id) => {
    const path = file(
      `${id}.csv`,
      ['source,question,answer,rating', ...(await rows(id, 60))].join('\n'),
    );
    const task = await taskNamed(id, path);
    const random = new Random(1);
    const kept = new Set(task.heldOut(60).map((puzzle) => task.text(puzzle.answer as Uint8Array)));
    expect(kept.size).toBeLessThan(30);
    for (let i = 0; i < 100; i++)
      expect(kept.has(task.text(task.sample(random).answer as Uint8Array))).toBe(false);
  },
);

const clues = '53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79';
const answer = '534678912672195348198342567859761423426853791713924856961537284287419635345286179';

test('a known Sudoku has its known solution, whatever stands between the cells', async () => {
  const task = await taskNamed('sudoku9');
  const puzzle = task.parse(clues);
  expect(task.text(puzzle.answer as Uint8Array)).toBe(answer);
  const drawn = clues.replace(/(.{3})(.{3})(.{3})/g, '$1|$2|$3\n').replaceAll('.', '0');
  expect(task.parse(drawn)).toEqual(puzzle);
});

test.each([
  ['source,question,rating\na,b,1', /column "answer" is missing, got "source,question,rating"/],
  ['question,answer\n', /holds no puzzles/],
  [
    `question,answer\n${clues},${answer.replace('9', '8')}`,
    /line 2: answer: got 8 in row 1, column 7, expected 9/,
  ],
  [`question,answer\n${clues},12`, /line 2: puzzle: got 2 cells, expected 81/],
  [`question,answer\n"${clues}`, /is no CSV \(/],
])('a wrong CSV is named by its line (%#)', async (text, message) => {
  await expect(taskNamed('sudoku9', file('wrong.csv', text))).rejects.toThrow(message);
});

test.each([
  ['11..............', 'puzzle: 1 stands twice in row 1'],
  ['1...............', 'puzzle: has more than one solution, expected exactly one'],
  ['123....4........', 'puzzle: has no solution'],
  ['5...............', 'puzzle: got "5" in row 1, column 1, expected 1 to 4 or . for a blank'],
  ['.'.repeat(10_000), 'puzzle: got 10000 cells, expected 16 (4 × 4)'],
  ['.'.repeat(10_001), 'puzzle: got over 10000 cells, expected 16 (4 × 4)'],
])('Sudoku %# is refused', async (text, message) => {
  const task = await taskNamed('sudoku4');
  expect(() => task.parse(text)).toThrow(message);
});

test.each([
  ['S#...\n##...\n.....\n.....\n....G', 'puzzle: no way leads from S to G'],
  ['S....\n.....\n.....\n.....', 'puzzle: got 4 rows, expected 5 rows of 5 cells'],
  ['S....\n.....\n...\n.....\n....G', 'puzzle: row 3 has 3 cells, expected 5'],
  ['S....\n.....\n..S..\n.....\n....G', 'puzzle: got 2 cells with S, expected exactly one'],
  [
    'S....\n.....\n..o..\n.....\n....G',
    'puzzle: got "o" in row 3, column 3, expected # (wall), . (free), S or G',
  ],
])('maze %# is refused', async (text, message) => {
  const task = await taskNamed('maze5');
  expect(() => task.parse(text)).toThrow(message);
});

test('any shortest way through a maze is right, a longer one is not', async () => {
  const task = await taskNamed('maze5');
  const puzzle = task.parse('S....\n.....\n.....\n.....\nG....');
  const way = (text: string) =>
    Uint8Array.from(text.replaceAll('\n', ''), (s) => '# SGo'.indexOf(s === '.' ? ' ' : s) + 1);
  expect(task.check(puzzle, way('S....\no....\no....\no....\nG....')).valid).toBe(true);
  expect(task.check(puzzle, way('So...\n.o...\n.o...\noo...\nG....')).why).toBe(
    'the way takes 6 steps and the shortest 4',
  );
  expect(task.check(puzzle, way('S....\no....\no.o..\no....\nG....'))).toEqual({
    valid: false,
    why: 'cells beside the way are marked',
    wrong: [12],
  });
});

test('generated Sudokus have one solution, and the search counts what others see', () => {
  const geometry = geometryOf(3, 3);
  const random = new Random(9);
  for (let i = 0; i < 5; i++) {
    const made = makeSudoku(geometry, random, 81);
    expect(search(geometry, made.clues, { limit: 3 })).toMatchObject({
      solutions: 1,
      first: made.solution,
    });
    // None of the clues can be left out: the search must then find a second solution.
    const clue = made.clues.findIndex((digit) => digit > 0);
    expect(
      search(
        geometry,
        made.clues.map((digit, cell) => (cell === clue ? 0 : digit)),
      ).solutions,
    ).toBe(2);
  }
  // All 288 boards of 4 × 4.
  expect(search(geometryOf(2, 2), new Uint8Array(16), { limit: 1000 }).solutions).toBe(288);
});

test.each([
  ['[', /^t: is not JSON/],
  ['null', /^t: train: got nothing, expected a list/],
  [
    '{"train":[{"input":[[1]],"output":[[10]]}]}',
    /^t: train\[0\]\.output\[0\]\[0\]: got 10, expected a colour from 0 to 9/,
  ],
  [
    '{"train":[{"input":[[1,2],[1]],"output":[[1]]}]}',
    /^t: train\[0\]\.input\[1\]: got \[1\], expected 2 colours/,
  ],
  [
    JSON.stringify({ train: [{ input: Array(31).fill([1]) }] }),
    /^t: train\[0\]\.input: got .*expected 1 to 30 rows/,
  ],
])('a foreign ARC file is refused by field (%#)', (text, message) => {
  expect(() => readArcTask('t', text)).toThrow(message);
});

test('changes of ARC pictures can all be turned back', () => {
  const task: ArcTask = readArcTask(
    't',
    '{"train":[{"input":[[1,2,3],[4,5,6]],"output":[[0]]}],"test":[{"input":[[1]]}]}',
  );
  const { input } = task.train[0];
  const random = new Random(2);
  const seen = new Set<string>();
  for (let symmetry = 0; symmetry < 8; symmetry++) {
    const under = { ...drawChange(random), symmetry };
    const changed = change(input, under);
    expect(changeBack(changed, under)).toEqual(input);
    seen.add(
      JSON.stringify(
        change(input, { ...under, colours: Uint8Array.from({ length: 10 }, (_, i) => i) }),
      ),
    );
  }
  expect(seen.size).toBe(8);
});
