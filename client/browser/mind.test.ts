import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { mindedReplay } from '../replay/expert.testing.ts';
import { edgeContrasts } from '../theme/contrast.testing.ts';
import * as suite from './suite.ts';

await suite.browserSuite('stage, mind, timeline and curves', ({ open }) => {
  let page: Page;
  beforeAll(async () => {
    page = await open('', { stays: true });
    await waitForMark('origin', 'run');
    await suite.holdAt(page, 0);
    for (const name of ['Its thoughts', 'More curves']) await page.getByText(name).click();
  });
  // Each begins the same, however the one before it ended.
  beforeEach(() => suite.hold(page));

  const mark = (name: string) => suite.mark(page, name);
  const waitForMark = (name: string, value: string) => suite.waitForMark(page, name, value);
  const rest = (ms = 500) =>
    page.evaluate((time) => new Promise((done) => setTimeout(done, time)), ms);
  const picture = async () => {
    await rest();
    return page.locator('#stage canvas').screenshot();
  };
  /** Whether the stage comes to look like `other`, or to differ; what is asked for is drawn when there is time. */
  const comesToEqual = async (other: Buffer, wanted: boolean) => {
    for (let tries = 0; tries < 4; tries++)
      if ((await picture()).equals(other) === wanted) return wanted;
    return !wanted;
  };
  /** Whether a layer's key changes the picture and changes it back; some have nothing to show at an episode's start. */
  const changesPicture = async (key: string) => {
    await suite.holdAt(page, 0);
    for (let tries = 0; tries < 4; tries++) {
      const plain = await picture();
      await page.keyboard.press(key);
      const shows = !(await comesToEqual(plain, false));
      await page.keyboard.press(key);
      expect([key, await comesToEqual(plain, true)]).toEqual([key, true]);
      if (shows) return true;
      await page.keyboard.press('ArrowRight');
    }
    return false;
  };
  const loopIs = (pressed: string) =>
    page.locator(`.loop-button[aria-pressed="${pressed}"]`).waitFor();

  test('each layer can be switched by its key and in the menu, and changes the picture', async () => {
    for (const key of ['v', 'e', 'k', 'h'])
      expect([key, await changesPicture(key)]).toEqual([key, true]);
    await suite.holdAt(page, 0);
    const plain = await picture();
    await page.getByRole('button', { name: 'Layers of the stage' }).click();
    const box = page.locator('#layers-menu input[data-layer="values"]');
    await suite.eventually(async () => expect(await box.isChecked()).toBe(false));
    await box.check();
    expect(await comesToEqual(plain, false)).toBe(false);
    await page.keyboard.press('v');
    await page.waitForFunction(
      () =>
        !document.querySelector<HTMLInputElement>('#layers-menu input[data-layer="values"]')
          ?.checked,
    );
    await page.keyboard.press('Escape');
    await page.locator('#layers-menu').waitFor({ state: 'hidden' });
  });

  test.each(['light', 'dark'] as const)(
    'on the %s stage the goal and the Doer’s choice stand out from what they are drawn on',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await suite.holdAt(page, 0);
      // The field of view has a line of the same colour, and is told by its brightness.
      await page.keyboard.press('i');
      // A petal begins at the agent, which has its colour.
      for (const [name, least] of [
        ['planner', 0.95],
        ['doer', 0.85],
      ] as const) {
        const hex = await page.evaluate(
          (token) => getComputedStyle(document.documentElement).getPropertyValue(`--${token}`),
          name,
        );
        await suite.eventually(async () => {
          const drawn = edgeContrasts(await suite.pixelsOf(page, await picture()), hex.trim());
          // WCAG 2.2, 1.4.11: what has to be seen to understand a picture has 3:1 to what lies beside it.
          const clear = drawn.filter((contrast) => contrast >= 3).length;
          expect({ name, isDrawn: drawn.length > 100 }).toEqual({ name, isDrawn: true });
          expect(clear / drawn.length).toBeGreaterThan(least);
        });
      }
      await page.keyboard.press('i');
    },
  );

  test('the mind shows how the step’s thought settled, and where the states lie', async () => {
    const replay = await page.evaluate(() => document.body.dataset.episode);
    expect(replay).toBeDefined();
    const cycles = page.locator('.cycle-row').first().locator('.cycle');
    await suite.holdAt(page, 0);
    // The first step always replans: the Planner thinks between the Doer's iterations.
    await suite.eventually(async () => expect(await cycles.count()).toBeGreaterThanOrEqual(4));
    await suite.eventually(async () => {
      expect(await page.locator('.cycle.after-planner').count()).toBe(7);
      await suite.eventually(async () =>
        expect(await page.locator('.beliefs li').count()).toBeGreaterThan(3),
      );
    });
  });

  test('a recording brings its planes along, with the replans so far', async () => {
    const replay = mindedReplay('BabyAI-GoToLocal-v0', 5, [
      { at: 0, subgoal: 0, x: -1, y: -1 },
      { at: 2, subgoal: 1, x: 3, y: 3 },
    ]);
    const { steps } = replay.outcome;
    const circle = Array.from({ length: 2 * steps }, (_, i) =>
      i % 2 === 0 ? Math.cos(i) : Math.sin(i),
    );
    const mind = { ...replay.mind!, planeH: circle, planeL: circle, planeShare: [310, 250] };
    await page.locator('#recordings input[type="file"]').setInputFiles({
      name: 'planes.replay.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ ...replay, mind })),
    });
    await waitForMark('episode', replay.id);
    await suite.holdAt(page, 3);
    const label = page.locator('.plane.planner canvas');
    await page.waitForFunction(
      (text) => document.querySelector('.plane.planner canvas')?.ariaLabel === text,
      `Planner z_H: step 4 of ${steps}, replans so far: 1`,
    );
    await label.waitFor();
    await page.locator('.plane.planner .share', { hasText: '31 %' }).waitFor();
    // This one was kept without its cycles, and says so.
    await page.locator('.settling .empty').waitFor();
  });

  test('scrubs, steps, and loops a stretch until it is told not to', async () => {
    await page.locator('[data-course="episode"]').click();
    const timeline = page.locator('#timeline canvas');
    const { width } = await suite.boxOf(timeline);
    const steps = await suite.numberOf(timeline, 'aria-valuemax');
    await timeline.click({ position: { x: width - 20, y: 90 } });
    await page.waitForFunction((last) => Number(document.body.dataset.step) >= last * 0.6, steps);
    await timeline.press('Home');
    await waitForMark('step', '0');
    await page.keyboard.press('a');
    if (steps > 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('b');
    await loopIs('true');
    await page.keyboard.press('4');
    await page.keyboard.press('Space');
    await waitForMark('mode', 'playing');
    const episode = await mark('episode');
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 12; i++) {
      await rest(120);
      seen.add(await mark('step'));
    }
    expect([...seen].every((step) => Number(step) <= 1)).toBe(true);
    await suite.eventually(async () => expect(await mark('episode')).toBe(episode));
    await suite.eventually(async () => expect(await mark('mode')).toBe('playing'));
    await page.keyboard.press('x');
    await loopIs('false');
    await page.keyboard.press('Space');
    await waitForMark('mode', 'paused');
  });

  test('viewing has its own speed, and three states with a way back to live', async () => {
    const live = page.locator('#live');
    await page.locator('#live', { hasText: 'Go to live' }).waitFor();
    for (const [at, speed] of ['¼×', '1×', '2×', '4×', '16×'].entries()) {
      await page.keyboard.press(String(at + 1));
      await page.locator('.speeds [aria-pressed="true"]', { hasText: speed }).waitFor();
    }
    await page.keyboard.press('2');
    await page.keyboard.press('Space');
    await waitForMark('mode', 'playing');
    await live.click();
    await waitForMark('mode', 'live');
    await page.locator('#live[aria-pressed="true"]').waitFor();
    // Space would press the button once more.
    await page.locator('#stage').focus();
    const seen = new Set([await mark('episode')]);
    const modes = new Set<string | undefined>();
    // One of the two leads to another episode; who is at the newest again goes live by itself.
    for (const key of ['Shift+ArrowLeft', 'Shift+ArrowRight']) {
      await page.keyboard.press(key);
      await suite.settled(page);
      seen.add(await mark('episode'));
      modes.add(await mark('mode'));
    }
    expect(modes).toContain('playing');
    expect(seen.size).toBeGreaterThan(1);
    await suite.hold(page);
  });

  test('curves go over steps, episodes or time, all of them in an overlay', async () => {
    const axis = (name: string) => page.locator(`#charts .segments [data-axis="${name}"]`);
    await axis('seconds').click();
    await page.waitForFunction(
      () =>
        document.querySelector('#charts [data-axis="seconds"]')?.getAttribute('aria-pressed') ===
        'true',
    );
    await page.locator('[data-course="learning"]').click();
    await page.locator('#all-curves-button').click();
    const overlay = page.locator('#all-curves');
    await overlay.waitFor();
    await suite.eventually(async () =>
      expect(await overlay.locator('canvas').count()).toBeGreaterThan(12),
    );
    const success = overlay.locator('.chart.first canvas');
    await page.waitForFunction(
      () =>
        document
          .querySelector('#all-curves .chart.first canvas')
          ?.getAttribute('aria-valuetext')
          ?.startsWith('now') ?? false,
    );
    await success.hover({ position: { x: 200, y: 60 } });
    const readout = overlay.locator('.chart.first .readout-box');
    await readout.waitFor();
    // Chance and expert are measured in the page's idle moments.
    await page.waitForFunction(
      () =>
        document
          .querySelector('#all-curves .chart.first .readout-box')
          ?.textContent?.includes('random'),
      undefined,
      { polling: 500 },
    );
    await page.mouse.move(2, 2);
    await readout.waitFor({ state: 'hidden' });
    // By keyboard: along the curve, told in words, and left again without closing all of them.
    await success.focus();
    await page.keyboard.press('Home');
    await readout.waitFor();
    const place = async () => {
      const [low, now, high] = await Promise.all(
        ['min', 'now', 'max'].map((name) => suite.numberOf(success, `aria-value${name}`)),
      );
      return (now - low) / (high - low);
    };
    await suite.eventually(async () => expect(await place()).toBe(0));
    await page.keyboard.press('Shift+ArrowRight');
    // The axis may have grown by an update meanwhile.
    await suite.eventually(async () => expect(await place()).toBeCloseTo(0.1, 1));
    await suite.eventually(async () =>
      expect(await success.getAttribute('aria-valuetext')).toContain('training'),
    );
    await page.keyboard.press('Escape');
    await readout.waitFor({ state: 'hidden' });
    await suite.eventually(async () => expect(await overlay.isVisible()).toBe(true));
    await overlay.getByRole('button', { name: 'Close' }).click();
    await overlay.waitFor({ state: 'hidden' });
    await axis('envSteps').click();
  });
});
