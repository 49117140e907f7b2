import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Random } from '../../policy/random.ts';
import { IGNORED_TOKEN, PuzzleError, taskNamed } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-tasks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A rule for ARC: the picture upside down. */
const pair = (cells: number[][]) => ({ input: cells, output: [...cells].reverse() });
const arcJson = JSON.stringify({
  train: [
    pair([
      [1, 0, 2],
      [3, 0, 0],
    ]),
    pair([
      [0, 5],
      [5, 5],
      [7, 0],
    ]),
  ],
  test: [
    pair([
      [4, 0],
      [0, 9],
    ]),
  ],
});
writeFileSync(join(folder, 'flip.json'), arcJson);
writeFileSync(join(folder, 'again.json'), arcJson);

const ids = ['sudoku4', 'sudoku6', 'sudoku9', 'maze9', 'maze15', 'maze30', `arc:${folder}`];

describe.each(ids)('task %s', (id) => {
  const named = taskNamed(id);

  test('makes puzzles whose own answers are right and fit', async () => {
    const task = await named;
    const random = new Random(1);
    const length = task.rows * task.columns;
    for (const puzzle of [
      ...Array.from({ length: 12 }, () => task.sample(random)),
      ...task.heldOut(4),
    ]) {
      const { input, answer, identifier } = puzzle;
      expect(input).toHaveLength(length);
      expect(answer).toHaveLength(length);
      expect(input.every((token) => token < task.vocabulary)).toBe(true);
      expect(answer?.every((token) => token < task.vocabulary || token === IGNORED_TOKEN)).toBe(
        true,
      );
      expect(identifier).toBeLessThan(task.identifiers);
      expect(task.check(puzzle, answer as Uint8Array)).toEqual({ valid: true, wrong: [] });
    }
  });

  test('equal seeds make equal puzzles, and held-out ones are always the same', async () => {
    const [task, other] = [await named, await taskNamed(id)];
    const [a, b] = [new Random(3), new Random(3)];
    for (let i = 0; i < 5; i++) expect(task.sample(a)).toEqual(other.sample(b));
    task.sample(a);
    expect(task.heldOut(4)).toEqual(other.heldOut(4));
    expect(
      new Set(task.heldOut(4).map(({ input, identifier }) => `${input}:${identifier}`)).size,
    ).toBe(task.heldOut(4).length);
  });

  test('sees that a changed answer is wrong, and where', async () => {
    const task = await named;
    const [puzzle] = task.heldOut(1);
    const answer = puzzle.answer as Uint8Array;
    let seen = 0;
    for (const [cell, token] of answer.entries()) {
      if (token === IGNORED_TOKEN) continue;
      const changed = Uint8Array.from(answer);
      changed[cell] = token === 2 ? 3 : 2;
      const { valid, why, wrong } = task.check(puzzle, changed);
      expect({ valid, hasReason: Boolean(why) }).toEqual({ valid: false, hasReason: true });
      seen += wrong.length > 0 ? 1 : 0;
    }
    expect(seen).toBeGreaterThan(0);
    expect(task.check(puzzle, new Uint8Array(answer.length)).valid).toBe(false);
  });

  test('reads again what it wrote', async () => {
    const task = await named;
    const [puzzle] = task.heldOut(1);
    const again = task.parse(task.write(puzzle));
    expect(again.input).toEqual(puzzle.input);
    expect(task.check(again, puzzle.answer as Uint8Array).valid).toBe(true);
    expect(task.text(puzzle.answer as Uint8Array).length).toBeGreaterThan(0);
  });

  test('draws a cell for each token', async () => {
    const task = await named;
    const [puzzle] = task.heldOut(1);
    for (const drawing of [task.draw(puzzle), task.draw(puzzle, puzzle.answer)]) {
      expect(drawing).toMatchObject({ rows: task.rows, columns: task.columns });
      expect(drawing.cells).toHaveLength(task.rows * task.columns);
    }
    expect(task.draw(puzzle, puzzle.answer)).not.toEqual(task.draw(puzzle));
  });

  test('has variants that lead back to the same answer', async () => {
    const task = await named;
    const [puzzle] = task.heldOut(1);
    for (const variant of task.variants?.(puzzle) ?? []) {
      // Its answer is known from the puzzle's: undoing it must give a picture of the puzzle's answer.
      const back = variant.undo(variant.puzzle.input);
      expect(task.text(back)).toBe(task.text(puzzle.input));
    }
  });

  test.each(['', '1', 'x'.repeat(16), '{"train":[]}', '#'.repeat(100_000), '\u0000\n\t'])(
    'refuses foreign text in one clear sentence (%#)',
    async (text) => {
      const task = await named;
      const parsing = () => task.parse(text);
      expect(parsing).toThrow(PuzzleError);
      expect(parsing).toThrow(/^puzzle: [^\n]{5,200}$/);
    },
  );
});

test.each(['sudoku5', 'maze31', 'maze4', '', '__proto__', 'arc:/no/such/folder', 'arc:'])(
  'the name %j is refused with what is accepted',
  async (id) => {
    await expect(taskNamed(id)).rejects.toThrow(/^task: .*(expected|is no folder)/);
  },
);
