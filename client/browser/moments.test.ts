import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Moment } from '../../shared/moments.ts';
import { boxOf, browserSuite, eventually, PATIENCE_MS } from './suite.ts';

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
});
