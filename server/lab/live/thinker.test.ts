import { expect, test } from '@jest/globals';
import { labThinkSchema } from '../../../shared/lab.ts';
import { COMMANDS } from '../../../shared/protocol.ts';
import { createEngine } from '../../engine/index.ts';
import { Thinker } from './thinker.ts';

const thinker = new Thinker(await createEngine({ engine: 'wasm' }));
const folder = '/nowhere';
const heldOut = async (index = 0) =>
  (await thinker.answer({ kind: 'puzzle', request: { task: 'sudoku4', index } })).puzzle;
const ask = (options: object) =>
  thinker.answer({
    kind: 'think',
    folder,
    request: labThinkSchema.parse({ model: 'sudoku4', ...options }),
  });

test('a shipped model solves a held-out puzzle, and each segment is shown as the wire says', async () => {
  const { models, tasks } = await thinker.answer({ kind: 'models', folder });
  expect(tasks.find(({ id }) => id === 'sudoku4')).toMatchObject({ signs: '.1234' });
  expect(models.find(({ name }) => name === 'sudoku4')).toMatchObject({ segments: 8, kind: 'hrm' });
  const { cells: puzzle, solution } = await heldOut();
  const answer = await ask({ puzzle, segments: 12 });
  expect(COMMANDS['lab:think'].data.parse(answer)).toEqual(answer);
  const [{ thoughts }] = answer.trajectories;
  expect(thoughts).toHaveLength(12);
  expect(thoughts.at(-1)).toMatchObject({ valid: true, answer: solution, wrong: [] });
  // Equal requests have equal answers.
  expect((await ask({ puzzle, segments: 12 })).trajectories).toEqual(answer.trajectories);
});

test('a digit that is edited in mid-thought is seen from that segment on', async () => {
  const { cells: puzzle, solution = '' } = await heldOut();
  const cell = puzzle.indexOf('.');
  const plain = await ask({ puzzle, segments: 6 });
  const right = await ask({
    puzzle,
    segments: 6,
    edits: [{ segment: 4, cell, sign: solution[cell] }],
  });
  const [before, after] = [plain, right].map(({ trajectories }) => trajectories[0].thoughts);
  expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
  expect(after[3]).not.toEqual(before[3]);
  expect(right.puzzle).toMatchObject({ size: plain.puzzle.size - 1 });
  // A wrong digit leaves no solution, which is said and not refused.
  const wrong = '1234'.replace(solution[cell], '')[0];
  const edited = await ask({ puzzle, segments: 6, edits: [{ segment: 2, cell, sign: wrong }] });
  expect(edited.puzzle.problem).toMatch(/has no solution|stands twice/);
  expect(edited.trajectories[0].thoughts.at(-1)?.valid).toBe(false);
});

test('a kick gives each trajectory a way of its own, and the halting head chooses one', async () => {
  const { cells: puzzle } = await heldOut(3);
  const kick = { segment: 2, strength: 2, trajectories: 5, seed: 4 };
  const { trajectories } = await ask({ puzzle, segments: 3, kick });
  expect(trajectories.map(({ kicked }) => kicked)).toEqual([false, true, true, true, true]);
  const first = trajectories.map(({ thoughts }) => thoughts[0]);
  expect(new Set(first.map((thought) => JSON.stringify(thought))).size).toBe(1);
  const then = trajectories.map(({ thoughts }) => thoughts[1].halt);
  expect(new Set(then).size).toBe(5);
  const trust = trajectories.map(({ thoughts }) => thoughts[2].halt);
  expect(trajectories.findIndex(({ chosen }) => chosen)).toBe(trust.indexOf(Math.max(...trust)));
  expect(trajectories.filter(({ chosen }) => chosen)).toHaveLength(1);
});

test('the puzzle reaches the answer through the Doer alone, and the Planner off still leaves a Doer that answers', async () => {
  const [a, b] = await Promise.all([heldOut(0), heldOut(5)]);
  const last = async (puzzle: string, without: string) =>
    (await ask({ puzzle, segments: 4, without })).trajectories[0].thoughts.at(-1);
  expect(await last(a.cells, 'doer')).toMatchObject({
    answer: (await last(b.cells, 'doer'))?.answer,
  });
  expect((await last(a.cells, 'planner'))?.answer).not.toBe(
    (await last(b.cells, 'planner'))?.answer,
  );
  // Frozen after the first segment: that one is as with both halves.
  const plain = await ask({ puzzle: a.cells, segments: 2 });
  const frozen = await ask({ puzzle: a.cells, segments: 2, without: 'frozenPlanner' });
  const [whole, held] = [plain, frozen].map(({ trajectories }) => trajectories[0].thoughts);
  expect(held[0]).toEqual(whole[0]);
  expect(held[1].movedPlanner).toBe(0);
  expect(whole[1].movedPlanner).toBeGreaterThan(0);
});

test('one more cell is blanked as long as one solution is left', async () => {
  let text = (await heldOut(1)).cells;
  const blank = () =>
    thinker.answer({
      kind: 'puzzle',
      request: { task: 'sudoku4', text, blankOneMore: true },
    });
  const before = text.split('.').length;
  text = (await blank()).puzzle.cells;
  expect(text.split('.').length).toBe(before + 1);
  const untilRefused = async () => {
    for (let i = 0; i < 16; i++) text = (await blank()).puzzle.cells;
  };
  await expect(untilRefused()).rejects.toMatchObject({ code: 'conflict', field: 'text' });
});

test('Sudokus with a single blank cell are tried, and counted as they come out', async () => {
  const answer = await thinker.answer({ kind: 'oneBlank', model: 'sudoku4', folder });
  expect(COMMANDS['lab:oneBlank'].data.parse(answer)).toEqual(answer);
  expect(answer.puzzle.size).toBe(1);
  const { trajectories } = await ask({ puzzle: answer.puzzle.cells, segments: 8 });
  expect(trajectories[0].thoughts.at(-1)?.valid).toBe(answer.solved === answer.tried);
});

test.each<[object, string, RegExp]>([
  [{ puzzle: '11..............' }, 'puzzle', /^puzzle: 1 stands twice in row 1/],
  [{ puzzle: '................' }, 'puzzle', /^puzzle: has more than one solution/],
  [{ puzzle: '123' }, 'puzzle', /^puzzle: got 3 cells, expected 16/],
  [{ puzzle: '.'.repeat(3600) }, 'puzzle', /^puzzle: got 3600 cells/],
  [{ model: 'nobody' }, 'model', /^model is "nobody"; accepted: .*sudoku4/],
  [
    { edits: [{ segment: 1, cell: 16, sign: '1' }] },
    'edits.0.cell',
    /^edits\.0\.cell is 16; accepted: 0 to 15/,
  ],
  [
    { edits: [{ segment: 1, cell: 1, sign: '5' }] },
    'edits.0.sign',
    /^edits\.0\.sign is "5"; accepted: one of \.1234/,
  ],
  [
    { segments: 3, kick: { segment: 4, strength: 1, trajectories: 2 } },
    'kick.segment',
    /^kick\.segment is 4; accepted: 2 to segments, which is 3/,
  ],
])('%j is refused by name', async (options, field, message) => {
  const { cells } = await heldOut();
  const asked = ask({ puzzle: cells, ...options });
  await expect(asked).rejects.toMatchObject({ field, message: expect.stringMatching(message) });
});
