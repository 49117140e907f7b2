import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Moment } from '../../shared/moments.ts';
import {
  boxOf,
  browserSuite,
  eventually,
  hold,
  PATIENCE_MS,
  violations,
  waitForMark,
} from './suite.ts';

/** Learning and unlearning take some 60 thousand steps together. */
const LEARNING_MS = 500_000;

const shown = (page: Page, id: string) =>
  page.waitForFunction((wanted) => document.body.dataset.episode === wanted, id, {
    timeout: PATIENCE_MS,
  });

await browserSuite('episodes of all of learning', ({ open, api }) => {
  test('a click on the curve shows the episode of that moment, and its link shows it again', async () => {
    const page = await open('', { held: true });
    const runId = await page.evaluate(() => document.body.dataset.run ?? '');
    const { moments } = (await api(`/api/runs/${runId}/episodes`)) as { moments: Moment[] };
    const first = moments[0];
    if (!first) throw new Error('the run has kept no episode');
    const canvas = page.locator('#main-curve canvas');
    const box = await boxOf(canvas);
    // The axis begins 34 pixels from the left.
    await canvas.click({ position: { x: 36, y: box.height / 2 } });
    await shown(page, first.id);
    await eventually(async () =>
      expect(await page.evaluate(() => document.body.dataset.mismatch)).toBe('-1'),
    );
    await page.waitForFunction((id) => location.search.includes(id), first.id);
    const link = await page.evaluate(() => location.search);
    const other = await open(link);
    await shown(other, first.id);
  });

  test('a link to an episode that is not kept says so, and plays its world', async () => {
    const page = await open('?episode=nobody.1.0-0&level=BabyAI-GoToObjMazeS4R2-v0&seed=4', {});
    await page.getByText('no longer kept: the newest policy plays its world again').waitFor();
    await page.waitForFunction(() => document.body.dataset.origin === 'seed', undefined, {
      timeout: PATIENCE_MS,
    });
  });

  test('before it learns, the page says how far the test is and when learning begins', async () => {
    const testing = { done: 34, of: 100, secondsLeft: 12 };
    const page = await open('', {
      held: true,
      retold: (run) => ({ ...run, status: 'running', testing }),
    });
    // What is retold are messages, so one has to come.
    await page.getByRole('button', { name: 'Resume learning' }).click();
    await page.getByText('Testing 34 of 100', { exact: true }).waitFor();
    await eventually(async () =>
      expect(await page.locator('.headline').textContent()).toMatch(/before learning.*34 of 100/),
    );
  });

  test(
    'it learns, and its turning points are shown; an adversarial reward spoils it, and the alarm says so',
    async () => {
      const page = await open('?do=change', { held: true });
      await page.waitForFunction(() => document.body.dataset.status !== undefined);
      await page.getByRole('button', { name: 'Resume learning' }).click();
      await page.waitForFunction(
        (least) => {
          const now = document.querySelector('.headline b:not(.from)')?.textContent ?? '';
          return Number.parseFloat(now) >= least;
        },
        60,
        { timeout: LEARNING_MS, polling: 500 },
      );
      const point = page.locator('.milestone[data-milestone="firstSuccess"]');
      await point.click();
      await waitForMark(page, 'mode', 'playing');
      await page.locator('#outcome', { hasText: 'Mission done' }).waitFor();
      await page.waitForFunction(() =>
        [...document.querySelectorAll<HTMLImageElement>('.milestone img')].every(
          (picture) => picture.naturalWidth > 0,
        ),
      );
      await hold(page);

      const alarm = page.locator('#rewards .hacking');
      expect(await alarm.isVisible()).toBe(false);
      await page.locator('#rewards .chip', { hasText: 'Adversarial' }).click();
      await alarm.waitFor({ timeout: LEARNING_MS });
      const [, from, to] = /(\d+) %.*?(\d+) %/.exec((await alarm.textContent()) ?? '') ?? [];
      expect(Number(from)).toBeGreaterThan(Number(to));
      expect(await violations(page)).toEqual([]);
    },
    3 * LEARNING_MS,
  );
});
