import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  browserSuite,
  eventually,
  holdAt,
  mark,
  settled,
  violations,
  waitForMark,
} from './suite.ts';

await browserSuite('lessons in a real browser', ({ open }) => {
  const lesson = (place: string, options = {}) =>
    open(`?lesson=${place}`, { ready: 'run', ...options });
  const titled = (page: Page, text: string) =>
    page.locator('#lectern h2', { hasText: text }).waitFor();
  const isDone = (page: Page) => page.locator('#lectern .verdict', { hasText: '✓ Done' }).waitFor();

  test('from the bar to the list, into a lesson, on by keyboard, and back to the page', async () => {
    const page = await open('', { held: true });
    await page.getByRole('button', { name: 'Lessons', exact: true }).click();
    await titled(page, 'Five ideas');
    expect(await page.locator('#lectern .lesson').count()).toBe(5);
    await page.locator('[data-lesson="planner"]').click();
    await titled(page, 'Two halves of one mind');
    await waitForMark(page, 'origin', 'seed');
    await page.keyboard.press('PageDown');
    await titled(page, 'Switch the Planner off');
    await page.waitForFunction(() => location.search.includes('lesson=planner.2'));
    await waitForMark(page, 'verb', 'compare');
    await page.keyboard.press('PageUp');
    await titled(page, 'Two halves of one mind');
    const below = ['#stage canvas', '#main-curve canvas'].map((one) => page.locator(one));
    await page.keyboard.press('Escape');
    await page.locator('#lectern').waitFor({ state: 'hidden' });
    for (const one of below) await one.waitFor();
    // The list takes the whole page, and gives it back.
    await page.keyboard.press('u');
    await titled(page, 'Five ideas');
    expect(await page.locator('.bench').isVisible()).toBe(false);
    await page.keyboard.press('Escape');
    for (const one of below) await one.waitFor();
  });

  test('plan first: the task is done when the frozen Planner has played', async () => {
    const page = await lesson('planner.4');
    await titled(page, 'Your turn');
    const side = page.locator('[data-side="B"]');
    await side.getByLabel('What is switched off in B').selectOption('frozenPlanner');
    await page.locator('#compare-go', { hasText: 'Play' }).click();
    await isDone(page);
    expect(await page.locator('#lectern .verdict').textContent()).toMatch(/\d+ of 12\. A plan/);
  });

  test('tell it otherwise: the page tells the Planner another goal, and says what came of it', async () => {
    const page = await lesson('tell.2');
    await page
      .locator('#lectern .live', { hasText: /It faces the yellow ball at step \d/ })
      .waitFor();
    await page.keyboard.press('PageDown');
    await titled(page, 'So the goal is a cause');
  });

  test('tell it otherwise: the task is done when the agent gets to where it was told to go', async () => {
    const page = await lesson('tell.4');
    await titled(page, 'Your turn');
    await waitForMark(page, 'origin', 'seed');
    await holdAt(page, 0);
    // The cell ahead, by keyboard: the agent faces it at once.
    await page.keyboard.press('o');
    await page.keyboard.press('ArrowUp');
    await page.locator('.aim').waitFor();
    await page.keyboard.press('Enter');
    await waitForMark(page, 'origin', 'whatif');
    await page.keyboard.press('5');
    await isDone(page);
  });

  test('more thinking: the slider finds the least number of thoughts that solves all', async () => {
    const page = await lesson('thinking.4');
    const slider = page.locator('#lectern input[type="range"]');
    await page.locator('#lectern output', { hasText: 'of 12 solved' }).waitFor();
    await slider.fill('10');
    await page.locator('#lectern output', { hasText: '10 thoughts: 11 of 12 solved' }).waitFor();
    expect(await page.locator('#lectern .verdict').isVisible()).toBe(false);
    await slider.fill('11');
    await isDone(page);
  });

  test('what it is paid for: the lesson starts its own run, and leads to where the reward is mended', async () => {
    const page = await lesson('reward');
    const start = page.locator('#lectern .live');
    await eventually(async () =>
      expect(await start.textContent()).toMatch(/^(Testing before it learns|Missions done)/),
    );
    expect(await mark(page, 'level')).toBe('BabyAI-GoToObjMazeS4R2-v0');
    for (const title of ['At first it helps', 'Then it finds out', 'Your turn']) {
      await page.keyboard.press('PageDown');
      await titled(page, title);
    }
    await waitForMark(page, 'verb', 'change');
    await page.locator('#rewards .chip', { hasText: 'Sparse' }).waitFor();
  });

  test.each([
    [390, 844, 'light'],
    [1024, 768, 'dark'],
    [1440, 900, 'light'],
    [2560, 1440, 'dark'],
  ] as const)(
    'at %p × %p the lectern is read whole and the stage below it is seen, presented too',
    async (width, height, colorScheme) => {
      const page = await lesson('tell', { viewport: { width, height }, colorScheme });
      await waitForMark(page, 'origin', 'seed');
      const lies = async () => {
        await settled(page);
        await eventually(async () => {
          const { wide, cut, stage, type } = await page.evaluate(() => {
            const parts = [...document.querySelectorAll<HTMLElement>('#lectern *')].filter(
              (one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1,
            );
            return {
              wide: document.documentElement.scrollWidth - innerWidth,
              cut: parts.filter((one) => one.clientWidth > 0).map((one) => one.className),
              stage: document.querySelector('#stage canvas')?.clientHeight ?? 0,
              type: Number.parseFloat(
                getComputedStyle(document.querySelector('#lectern .words') as Element).fontSize,
              ),
            };
          });
          expect({ wide, cut }).toEqual({ wide: 0, cut: [] });
          expect(stage).toBeGreaterThan(width < 500 ? 180 : 220);
          expect(type).toBeGreaterThanOrEqual(14);
        });
      };
      await lies();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Present', exact: true }).click();
      await page.locator('#lectern [aria-pressed="true"]').waitFor();
      await lies();
      expect(await violations(page)).toEqual([]);
    },
  );
});
