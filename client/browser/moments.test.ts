import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseGIF } from 'gifuct-js';
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

  test('the story of the run plays chapter after chapter on the stage, and becomes a film', async () => {
    const page = await open('', { held: true });
    await page.getByRole('button', { name: 'Story', exact: true }).click();
    const cards = page.locator('.tale-card');
    await cards.nth(1).waitFor();
    expect(await cards.first().textContent()).toMatch(/^Before learning/);
    await cards.last().click();
    await waitForMark(page, 'origin', 'seed');
    await eventually(async () =>
      expect(await cards.last().getAttribute('aria-current')).toBe('true'),
    );
    await waitForMark(page, 'mismatch', '-1');
    // The slider goes over all chapters.
    const slider = page.getByLabel('Place in the story');
    await slider.focus();
    await page.keyboard.press('Home');
    await waitForMark(page, 'mode', 'paused');
    await eventually(async () => {
      expect(await cards.first().getAttribute('aria-current')).toBe('true');
      expect(await slider.inputValue()).toBe('0');
    });
    await page.keyboard.press('End');
    await eventually(async () =>
      expect(await cards.last().getAttribute('aria-current')).toBe('true'),
    );
    expect(await violations(page)).toEqual([]);
    const formats = page.getByLabel('Format of the film');
    const film = async (format: string) => {
      await formats.selectOption(format);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Make a film' }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(new RegExp(`-story\\.${format}$`));
      const bytes = readFileSync(await download.path());
      await page.getByText(/^Saved, /).waitFor();
      return bytes;
    };
    const { lsd, frames } = parseGIF(new Uint8Array(await film('gif')).buffer);
    expect(lsd.width).toBeGreaterThan(300);
    expect(frames.length).toBeGreaterThan(4);
    // Video where this browser writes any.
    if ((await formats.locator('option[value="mp4"]').count()) > 0)
      expect((await film('mp4')).subarray(4, 8).toString()).toBe('ftyp');
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
