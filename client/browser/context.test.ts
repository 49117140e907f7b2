import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserSuite, settled } from './suite.ts';

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
async function pictures(page: Page, stages: string): Promise<string[]> {
  const take = async () => {
    const all = await page.locator(stages).all();
    return Promise.all(all.map(async (stage) => (await stage.screenshot()).toString('base64')));
  };
  for (let last = await take(); ; ) {
    await settled(page);
    const next = await take();
    if (next.every((picture, i) => picture === last[i])) return next;
    last = next;
  }
}

/** Share of the pixels that differ: smoothed edges may, a little, after a context was made anew. */
const difference = (page: Page, before: string, after: string) =>
  page.evaluate(
    async (both) => {
      const [a, b] = await Promise.all(
        both.map(async (base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const { width, height, ...bitmap } = await createImageBitmap(new Blob([bytes])).then(
            (made) => ({ width: made.width, height: made.height, made }),
          );
          const context = new OffscreenCanvas(width, height).getContext('2d');
          context?.drawImage(bitmap.made, 0, 0);
          return context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
        }),
      );
      let differing = 0;
      for (let i = 0; i < a.length; i += 4)
        if ([0, 1, 2].some((c) => Math.abs(a[i + c] - b[i + c]) > 24)) differing++;
      return (4 * differing) / a.length;
    },
    [before, after],
  );

/** The same, but for a few pixels. */
async function expectSame(page: Page, before: string[], after: string[]): Promise<void> {
  expect(after.length).toBe(before.length);
  for (const [i, picture] of before.entries())
    expect(await difference(page, picture, after[i])).toBeLessThan(0.005);
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
