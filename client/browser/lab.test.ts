import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  boxOf,
  browserSuite,
  eventually,
  mark,
  PATIENCE_MS,
  settled,
  violations,
  waitForMark,
} from './suite.ts';

await browserSuite('the reasoning lab in a real browser', ({ open }) => {
  const openLab = (query = '', options = {}) =>
    open(`/lab${query}`, { ready: 'thoughts', ...options });
  const verdict = (page: Page) => page.locator('#verdict').textContent();
  /** Waits for an answer to what was asked for after it was noted. */
  const told = (page: Page, text: RegExp) => page.locator('#verdict', { hasText: text }).waitFor();
  const PUZZLE = '....3..1.32.....';

  test('one click from the gridworld a held-out puzzle is solved, segment by segment and beyond training', async () => {
    const page = await open('', { held: true });
    await page.locator('#to-lab').click();
    await page.waitForURL(/\/lab/);
    await page.waitForFunction(() => document.body.dataset.thoughts === '16');
    await eventually(async () =>
      expect(await page.locator('.lab-note').first().textContent()).toMatch(/Held-out puzzle \d+/),
    );
    await eventually(async () => expect(await page.locator('.filmstrip button').count()).toBe(16));
    await page.keyboard.press('Home');
    await waitForMark(page, 'segment', '0');
    await eventually(async () =>
      expect(await page.locator('.cell[data-look="answer"]').count()).toBe(0),
    );
    await page.keyboard.press('ArrowRight');
    await waitForMark(page, 'segment', '1');
    await eventually(async () =>
      expect(await page.locator('.cell[data-look="answer"]').count()).toBeGreaterThan(3),
    );
    await page.keyboard.press('End');
    await waitForMark(page, 'segment', '16');
    await eventually(async () =>
      expect(await page.locator('.segment-of').textContent()).toMatch(/longer than in training/),
    );
    await page.locator('#to-gridworld').click();
    await page.waitForFunction(() => document.body.dataset.episode !== undefined);
  });

  test('a written puzzle is solved, what is none is refused by name, and a link shows the same again', async () => {
    const page = await openLab(`?model=sudoku4&puzzle=${PUZZLE}&at=4`);
    await told(page, /^Solved/);
    const cells = () =>
      page.locator('#board .cell').evaluateAll((all) => all.map((one) => one.textContent).join(''));
    // The one solution that this puzzle has.
    await eventually(async () =>
      expect(await cells()).toMatch(/^[1-4]{4}3[1-4]{2}1[1-4]32[1-4]{5}$/),
    );
    await eventually(async () => expect(await mark(page, 'segment')).toBe('4'));
    await page.locator('.write summary').click();
    const text = page.locator('#puzzle-text');
    for (const [written, complaint] of [
      ['11..............', 'text: 1 stands twice in row 1'],
      ['................', 'text: has more than one solution, expected exactly one'],
      ['12', 'text: got 2 cells, expected 16 (4 × 4)'],
    ] as const) {
      await text.fill(written);
      await page.locator('#solve-text').click();
      await page.locator('#problem', { hasText: complaint }).waitFor();
    }
    // What was on the board is still there.
    await eventually(async () => expect(await verdict(page)).toMatch(/^Solved/));
    // Drawn cell by cell on an empty board: thought about as soon as one solution is left.
    await page.locator('#clear').click();
    expect((await cells()).trim()).toBe('');
    for (const [cell, digit] of [
      [4, '3'],
      [7, '1'],
      [9, '3'],
      [10, '2'],
    ] as const) {
      await page.locator(`#board [data-cell="${cell}"]`).click();
      await page.keyboard.press(digit);
      await page.locator(`#board [data-cell="${cell}"]`, { hasText: digit }).waitFor();
    }
    await page.locator('#problem').waitFor({ state: 'hidden' });
    await told(page, /^Solved from segment \d/);
    await eventually(async () => expect(await mark(page, 'segment')).toBe('0'));
  });

  test('a digit is edited in the middle of a thought, and a wrong one is seen to spoil it', async () => {
    const page = await openLab(`?model=sudoku4&puzzle=${PUZZLE}&at=4`);
    await told(page, /^Solved/);
    const cell = page.locator('#board .cell[data-look="answer"]').first();
    const right = await cell.textContent();
    await cell.click();
    await page.keyboard.press(right === '1' ? '2' : '1');
    await page.locator('.lab-note', { hasText: 'As it was changed, it' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#board').blur();
    await page.keyboard.press('End');
    // Either it keeps to the digit and errs elsewhere, or it would have it otherwise.
    await told(page, /wrong|changed/);
    await eventually(async () =>
      expect(await page.locator('#board .cell[data-edited]').count()).toBe(1),
    );
    await page.getByRole('button', { name: 'Undo changes' }).click();
    await told(page, /^Solved/);
  });

  test('one more cell is blanked, and Sudokus with a single blank cell are tried', async () => {
    const page = await openLab(`?model=sudoku4&puzzle=${'12343412214343.1'}&at=1`);
    await page.locator('#blank-more').click();
    await page.locator('.lab-note', { hasText: '2 blank cells' }).waitFor();
    await page.locator('#one-blank').click();
    await page.locator('.lab-note', { hasText: /of 64 such puzzles it solves/ }).waitFor();
    await eventually(async () =>
      expect(await page.locator('#board .cell[data-look="given"]').count()).toBe(15),
    );
  });

  test('halves are switched off, and a kick sends the thought on several ways', async () => {
    const page = await openLab(`?model=sudoku4&puzzle=${PUZZLE}&at=8`);
    await told(page, /^Solved/);
    await page.locator('[data-half="doer"]').click();
    await page.keyboard.press('End');
    await told(page, /wrong/);
    await eventually(async () =>
      expect(await page.locator('[data-half="doer"]').getAttribute('aria-pressed')).toBe('true'),
    );
    await page.locator('[data-half="none"]').click();
    await told(page, /^Solved/);
    await page.locator('#kick-strength').fill('4');
    await page.locator('#kick-ways').fill('5');
    await page.locator('#kick').click();
    await page.locator('#kick-result', { hasText: /of 5 ways end right/ }).waitFor();
    await eventually(async () => expect(await page.locator('.trajectory').count()).toBe(5));
    await eventually(async () =>
      expect(await page.locator('.trajectory[data-chosen="true"]').count()).toBe(1),
    );
    await page.locator('.trajectory').nth(2).click();
    await eventually(async () =>
      expect(await page.locator('#board').getAttribute('data-trajectory')).toBe('2'),
    );
  });

  test.each([
    [1440, 900, 'dark'],
    [1024, 768, 'light'],
    [390, 844, 'light'],
  ] as const)(
    'at %i × %i it fits, and breaks no rule of accessibility',
    async (width, height, colorScheme) => {
      const page = await openLab('?model=sudoku6', { viewport: { width, height }, colorScheme });
      await settled(page);
      const size = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.scrollHeight,
      ]);
      expect(size[0]).toBe(width);
      if (width > 1000) expect(size[1]).toBe(height);
      const board = await boxOf(page.locator('#board'));
      expect(Math.abs(board.width - board.height)).toBeLessThan(3);
      expect(board.width).toBeGreaterThan(250);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('t');
      await page.locator('#train').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('?');
      await page.locator('dialog.help').waitFor();
      expect(await violations(page)).toEqual([]);
    },
  );

  test('a model is trained from nothing while the same six puzzles are shown, and then solves', async () => {
    const page = await openLab('?do=train', { ready: 'training' });
    await page.locator('#train').click();
    await page.waitForFunction(
      () => document.querySelectorAll('.watched:not([hidden])').length === 6,
      undefined,
      { timeout: PATIENCE_MS },
    );
    const cells = () =>
      page
        .locator('.six-boards .cell')
        .evaluateAll((all) => all.map((one) => one.textContent).join(''));
    const before = await cells();
    await page.locator('#train-status', { hasText: /step \d/ }).waitFor();
    await page.waitForFunction(
      (was) =>
        [...document.querySelectorAll('.six-boards .cell')]
          .map((one) => one.textContent)
          .join('') !== was,
      before,
    );
    await page.locator('#stop').click();
    await waitForMark(page, 'training', 'ended');
    await page.locator('#use').click();
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>('#model')?.value === 'trained-sudoku4',
    );
  });
});
