import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { at } from '../../shared/indexing.ts';
import { browserSuite, pixelsOf, settled } from './suite.ts';

/** Takes the context of every stage away and gives it back, as a driver that starts afresh does; how many there are. */
const loseContexts = (page: Page, stages: string) =>
  page.evaluate(async (selector) => {
    const canvases = [...document.querySelectorAll<HTMLCanvasElement>(selector)];
    for (const canvas of canvases) {
      const lost = canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context');
      if (!lost) throw new Error('the stage has no WebGL context');
      const happened = (name: string) =>
        new Promise((done) => canvas.addEventListener(name, done, { once: true }));
      const gone = happened('webglcontextlost');
      lost.loseContext();
      await gone;
      // The browser gives it back in a later task, if at all.
      await new Promise((done) => setTimeout(done, 50));
      const back = happened('webglcontextrestored');
      lost.restoreContext();
      await back;
    }
    return canvases.length;
  }, stages);

/** Pictures of the stages, once two in a row are the same. */
async function pictures(page: Page, stages: string): Promise<Buffer[]> {
  const take = async () => {
    const all = await page.locator(stages).all();
    return Promise.all(all.map((stage) => stage.screenshot()));
  };
  for (let last = await take(); ; ) {
    await settled(page);
    const next = await take();
    if (next.every((picture, i) => picture.equals(at(last, i)))) return next;
    last = next;
  }
}

/** Share of the pixels that differ: smoothed edges may, a little, after a context was made anew. */
async function difference(page: Page, before: Buffer, after: Buffer): Promise<number> {
  const [a, b] = await Promise.all([pixelsOf(page, before), pixelsOf(page, after)]);
  expect([b.width, b.height]).toEqual([a.width, a.height]);
  let differing = 0;
  for (let i = 0; i < a.data.length; i += 4)
    if ([0, 1, 2].some((c) => Math.abs(at(a.data, i + c) - at(b.data, i + c)) > 24)) differing++;
  return (4 * differing) / a.data.length;
}

/** The same, but for a few pixels. */
async function expectSame(page: Page, before: Buffer[], after: Buffer[]): Promise<void> {
  expect(after.length).toBe(before.length);
  for (const [i, picture] of before.entries())
    expect(await difference(page, picture, at(after, i))).toBeLessThan(0.005);
}

await browserSuite('what was drawn is drawn again', ({ open }) => {
  test('after the browser takes a context away and gives it back, while viewing is paused', async () => {
    const page = await open('', { held: true });
    const stages = '#stage canvas, #before canvas';
    await page.waitForFunction((one) => document.querySelectorAll(one).length === 2, stages);
    // The same world before learning is played by the server, and drawn when it comes.
    await page.locator('#stages[data-before="here"]').waitFor();
    const before = await pictures(page, stages);
    expect(await loseContexts(page, stages)).toBe(2);
    await expectSame(page, before, await pictures(page, stages));
  });

  test('on both stages of a comparison, too', async () => {
    const world = 'BabyAI-GoToObjS4-v0~7~1~random~bot';
    const page = await open(`?do=compare&compare=${world}`);
    const stages = '.compare-stage canvas';
    await page.waitForFunction((one) => document.querySelectorAll(one).length === 2, stages);
    // It can be paused once both have played a world.
    await page.locator('#compare-pause:enabled').click();
    const before = await pictures(page, stages);
    expect(await loseContexts(page, stages)).toBe(2);
    await expectSame(page, before, await pictures(page, stages));
  });
});
