import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { RunInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import {
  boxOf,
  browserSuite,
  eventually,
  holdAt,
  mark,
  numberOf,
  violations,
  waitForMark,
} from './suite.ts';

await browserSuite('the page in a real browser', ({ open, api }) => {
  const picture = (page: Page) => page.locator('#stage').screenshot();
  /** The picture, once nothing moves in it any more. */
  const stillPicture = async (page: Page) => {
    for (let last = await picture(page); ; ) {
      await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
      const next = await picture(page);
      if (next.equals(last)) return next;
      last = next;
    }
  };
  /** Waits until the stage looks different; the test's patience is its end. */
  const comesToDiffer = async (page: Page, from: Buffer) => {
    while ((await picture(page)).equals(from))
      await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  };
  const runOf = async (id: string | undefined) =>
    ((await api(`/api/runs/${id}`)) as { run: RunInfo }).run;

  test('shows the agent acting without a click, and the picture moves with it', async () => {
    const page = await open('', { reducedMotion: 'no-preference' });
    await waitForMark(page, 'origin', 'run');
    await waitForMark(page, 'mode', 'live');
    const shown = await mark(page, 'step');
    await page.waitForFunction((step) => document.body.dataset.step !== step, shown);
    await holdAt(page, 0);
    // The flash of a new goal ends; then the picture stands still.
    const first = await stillPicture(page);
    await page.keyboard.press('ArrowRight');
    await waitForMark(page, 'step', '1');
    await comesToDiffer(page, first);
    await eventually(async () => expect(await mark(page, 'mismatch')).toBe('-1'));
    await page.keyboard.press('l');
    await waitForMark(page, 'mode', 'live');
  });

  test('a person plays with Minigrid’s keys, and hands back', async () => {
    const page = await open();
    await waitForMark(page, 'connection', 'online');
    await page.locator('#play-yourself').click();
    await waitForMark(page, 'origin', 'person');
    const before = await mark(page, 'hash');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    // The mark counts from 0: the third step is the one on the stage.
    await waitForMark(page, 'step', '2');
    await eventually(async () => expect(await mark(page, 'hash')).not.toBe(before));
    await eventually(async () => expect(await mark(page, 'mismatch')).toBe('-1'));
    await page.keyboard.press('Escape');
    await waitForMark(page, 'mode', 'live');
    await page.waitForFunction(() => document.body.dataset.origin !== 'person');
  });

  test('picking a mission starts a run on it and shows it', async () => {
    const page = await open('?do=change');
    await waitForMark(page, 'connection', 'online');
    const before = await mark(page, 'run');
    await page.getByLabel('Search missions').fill('open door');
    await page.locator('.level[data-level="BabyAI-OpenDoor-v0"]').click();
    await waitForMark(page, 'level', 'BabyAI-OpenDoor-v0');
    await eventually(async () => expect(await mark(page, 'run')).not.toBe(before));
    await waitForMark(page, 'episodeLevel', 'BabyAI-OpenDoor-v0');
    await page.locator('.mission .sentence', { hasText: /open .*door/ }).waitFor();
    await waitForMark(page, 'origin', 'run');
    await eventually(async () => expect(await mark(page, 'status')).toBe('running'));
    // The curves of the run before are drawn beside the new one's.
    await waitForMark(page, 'verb', 'watch');
    await page.getByText('More curves').click();
    await page.locator('#beside').selectOption(before ?? '');
    await page.locator('.beside:not([data-points="0"])').waitFor();
    await page.getByRole('button', { name: 'Pause learning' }).click();
    await waitForMark(page, 'status', 'paused');
  });

  test('a reward change is acknowledged, takes effect and is marked on the charts', async () => {
    const page = await open('?do=change', { held: true });
    await waitForMark(page, 'connection', 'online');
    // Being online comes before knowing the run: until then there is nothing to resume.
    await page.waitForFunction(() => document.body.dataset.status !== undefined);
    await page.getByRole('button', { name: 'Resume learning' }).click();
    await waitForMark(page, 'status', 'running');
    const changes = Number(await mark(page, 'changes'));
    const runId = await mark(page, 'run');
    const slider = page.getByRole('slider', { name: 'Step cost' });
    await slider.fill('0.002');
    await waitForMark(page, 'changes', String(changes + 1));
    await eventually(async () =>
      expect(await page.locator('#main-curve').getAttribute('data-changes')).toBe(
        String(changes + 1),
      ),
    );
    expect((await runOf(runId)).rewards.stepCost).toBe(0.002);
    await eventually(async () =>
      expect(await page.locator('[data-field="stepCost"] output').textContent()).toContain('0.002'),
    );
    await page.locator('#rewards').getByRole('button', { name: 'Undo' }).click();
    await waitForMark(page, 'changes', String(changes + 2));
    expect((await runOf(runId)).rewards.stepCost).toBe(0);
  });

  test('the alarm says in words and figures that shaping outran success, and one press takes the shaping away', async () => {
    const alarm = {
      ...{ envSteps: 9000, sinceSteps: 2000, returnFrom: 0.4, returnTo: 3.2 },
      ...{ successFrom: 0.9, successTo: 0.35, episodesFrom: 600, episodesTo: 600 },
    };
    const page = await open('?do=change', { held: true, retold: (run) => ({ ...run, alarm }) });
    await page.waitForFunction(() => document.body.dataset.status !== undefined);
    const box = page.locator('#rewards .hacking');
    await eventually(async () => expect(await box.isVisible()).toBe(false));
    const runId = await mark(page, 'run');
    await page.getByRole('slider', { name: 'Step cost' }).fill('0.004');
    await box.waitFor();
    await eventually(async () => expect(await box.textContent()).toMatch(/90 %.*35 %/));
    expect(await violations(page)).toEqual([]);
    await box.getByRole('button').click();
    await page.waitForFunction(() =>
      document.querySelector('[data-field="stepCost"] output')?.textContent?.startsWith('0 '),
    );
    expect((await runOf(runId)).rewards.stepCost).toBe(0);
  });

  test('a recorded episode is replayed, by anyone with its link, to the same final state', async () => {
    const page = await open('', { held: true });
    await waitForMark(page, 'origin', 'run');
    await page.keyboard.press('r');
    const row = page.locator('#recordings .row').first();
    await row.waitFor();
    await page.keyboard.press('r');
    const id = await row.getAttribute('data-recording');
    const replay = (await api(`/api/replays/${id}`)) as Replay;
    const hash = (replay.hashes.at(-1) as number).toString(16).padStart(8, '0');

    const other = await open(`?recording=${id}`);
    await waitForMark(other, 'origin', 'recording');
    await eventually(async () => expect(await mark(other, 'episode')).toBe(replay.id));
    await other.keyboard.press('5');
    await other.locator('#outcome').waitFor();
    await eventually(async () =>
      expect(await mark(other, 'step')).toBe(String(replay.outcome.steps - 1)),
    );
    await eventually(async () => expect(await mark(other, 'hash')).toBe(hash));
    await eventually(async () => expect(await mark(other, 'mismatch')).toBe('-1'));

    const own = page.locator(`#recordings .row[data-recording="${id}"]`);
    await own.getByRole('button', { name: 'Delete' }).click();
    await own.waitFor({ state: 'detached' });
  });

  test('the world on the stage is played by the first weights beside it, at the same second', async () => {
    const page = await open('', { held: true });
    await waitForMark(page, 'origin', 'run');
    await waitForMark(page, 'before', 'here');
    await page.locator('#before canvas').waitFor();
    const fate = page.locator('#before .fate');
    await page.waitForFunction(() =>
      /steps/.test(document.querySelector('#before .fate')?.textContent ?? ''),
    );
    const source = (await api(`/api/runs/${await mark(page, 'run')}`)) as { run: RunInfo };
    expect(source.run.init).toBe('rooms');
    await eventually(async () =>
      expect(await fate.textContent()).toMatch(
        /^(Never gets there in|Will take|Done in) \d+ steps$/,
      ),
    );
    // Both pictures hold the same world: they are as wide as they are high where the world is.
    await eventually(async () =>
      expect(await page.locator('#stages').getAttribute('data-before')).toBe('here'),
    );
  });

  test('three verbs: each has its place, its address, and leaves the others out of the way', async () => {
    const page = await open('', { held: true });
    const places = async () => {
      const shown: string[] = [];
      for (const id of ['insight', 'setup', 'compare'])
        if (await page.locator(`#${id}`).isVisible()) shown.push(id);
      return shown.join();
    };
    const verb = (name: string) => page.getByRole('button', { name, exact: true });
    await eventually(async () => expect(await places()).toBe('insight'));
    await verb('Change').click();
    await waitForMark(page, 'verb', 'change');
    await eventually(async () => expect(await places()).toBe('setup'));
    await page.waitForFunction(() => location.search.includes('do=change'));
    expect(await violations(page)).toEqual([]);
    await verb('Watch').click();
    await page.waitForFunction(() => !location.search.includes('do='));
    // What a newcomer passes with the tab key.
    const stops = await page.evaluate(
      () =>
        [
          ...document.querySelectorAll<HTMLElement>('button, a, input, select, summary, canvas'),
        ].filter((one) => one.checkVisibility() && one.tabIndex >= 0).length,
    );
    expect(stops).toBeLessThan(40);
  });

  test('a link to a recording that is gone says so, and the run is shown', async () => {
    const page = await open('?recording=nothing-here');
    await page.locator('.notice[data-tone="bad"]').waitFor();
    await waitForMark(page, 'origin', 'run');
    await eventually(async () =>
      expect(await mark(page, 'run')).toBe(
        ((await api('/api/runs')) as { defaultRunId: string }).defaultRunId,
      ),
    );
  });

  test('colours are the system’s until others are chosen, which stay', async () => {
    const page = await open('', { colorScheme: 'dark', held: true });
    const looks = () =>
      page.evaluate(() => {
        const { backgroundColor, colorScheme } = getComputedStyle(document.documentElement);
        return `${backgroundColor} ${colorScheme}`;
      });
    const dark = await looks();
    const darkStage = await picture(page);
    await page.locator('#colours').click();
    const light = await eventually(async () => {
      const seen = await looks();
      expect(seen).toMatch(/ light$/);
      return seen;
    });
    expect(light).not.toBe(dark);
    await comesToDiffer(page, darkStage);
    await page.reload();
    await page.waitForFunction(() => document.body.dataset.episode !== undefined);
    await eventually(async () => expect(await looks()).toBe(light));
    expect(await violations(page)).toEqual([]);
    await page.locator('#colours').click();
    await eventually(async () => expect(await looks()).toBe(dark));
  });

  test.each(['dark', 'light'] as const)(
    'has no accessibility violation (%s)',
    async (colorScheme) => {
      const page = await open('', { colorScheme });
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'How to read this page' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('#all-curves-button').click();
      await page.locator('#all-curves').waitFor();
      expect(await violations(page)).toEqual([]);
    },
  );

  test.each([
    [1440, 900, false],
    [1280, 720, true],
    [1024, 768, true],
    [390, 844, false],
    [2560, 1440, false],
  ])('lies well at %p × %p (first visit: %p)', async (width, height, isNew) => {
    const page = await open('', { viewport: { width, height }, isNew, held: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
    const box = async (selector: string) => {
      const found = await boxOf(page.locator(selector));
      return { ...found, bottom: found.y + found.height, right: found.x + found.width };
    };
    const rows = ['#mission', '#stages', '.story', '#playback', '#course'];
    await eventually(async () => {
      const stage = await box('#stage canvas');
      expect(stage.width).toBeGreaterThan(300);
      // The strip for newcomers takes some of it until it is answered, and so does the line that says where an update rests.
      expect(stage.height).toBeGreaterThan(isNew ? 220 : 290);
      // One below the other, nothing cut: the curve is in sight wherever the page does not scroll.
      const boxes = await Promise.all(rows.map(box));
      for (const [at, row] of boxes.entries()) {
        expect(row.right).toBeLessThanOrEqual(width);
        if (at > 0) expect(row.y).toBeGreaterThanOrEqual(boxes[at - 1].bottom);
      }
      if (width >= 1000) expect(boxes[4].bottom).toBeLessThanOrEqual(height);
    });
    const cut = await page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLElement>(
          '#playback .button, #what-if .button, #bar .button',
        ),
      ]
        .filter((button) => button.checkVisibility() && button.scrollWidth > button.clientWidth + 1)
        .map((button) => button.textContent),
    );
    expect(cut).toEqual([]);
    // Less motion was asked for.
    await eventually(async () =>
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0),
    );
    if (isNew) {
      await page.getByRole('button', { name: 'Skip' }).click();
      await page.waitForFunction(
        () => (document.querySelector('#stage canvas')?.clientHeight ?? 0) > 250,
      );
    }
  });

  test('on a 4K screen the page is enlarged, sharp, and met where it is pointed at', async () => {
    const page = await open('', { viewport: { width: 3840, height: 2160 }, held: true });
    const tip = page.locator('#tooltip');
    const explains = async (selector: string) => {
      await page.locator(selector).first().hover();
      await tip.waitFor();
      const { x, y, width, height } = await boxOf(tip);
      expect(x >= 0 && y >= 0 && x + width <= 3840 && y + height <= 2160).toBe(true);
      // Long enough to be read at a glance: it is not squeezed against an edge.
      expect(width).toBeGreaterThan(200);
    };
    await explains('#learn');
    await explains('.node.doer .aside');
    await page.keyboard.press('c');
    await tip.waitFor({ state: 'hidden' });
    await explains('#compare-go');
    await page.keyboard.press('Escape');
    await page.locator('#compare').waitFor({ state: 'hidden' });

    const { x, y, width, height } = await boxOf(page.locator('#stage canvas'));
    const point = { x: x + width / 2, y: y + height / 2 };
    await page.mouse.move(point.x, point.y);
    await page.locator('.aim').waitFor();
    const aim = await boxOf(page.locator('.aim'));
    expect(point.x - aim.x > 0 && aim.x + aim.width - point.x > 0).toBe(true);
    expect(point.y - aim.y > 0 && aim.y + aim.height - point.y > 0).toBe(true);

    await page.locator('[data-course="episode"]').click();
    const timeline = page.locator('#timeline canvas');
    await timeline.waitFor();
    const lane = await boxOf(timeline);
    const steps = await numberOf(timeline, 'aria-valuemax');
    await page.mouse.click(lane.x + lane.width / 2, lane.y + lane.height / 3);
    await page.waitForFunction(
      (most) => Math.abs(Number(document.body.dataset.step) - most / 2) <= 0.1 * most + 1,
      steps,
    );
    const blurred = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLCanvasElement>('#stage canvas, #timeline canvas')].filter(
        (canvas) => canvas.width < canvas.getBoundingClientRect().width - 2,
      ),
    );
    expect(blurred).toEqual([]);
    await page.keyboard.press('?');
    await page.getByRole('button', { name: 'Show me round' }).click();
    await page.locator('#tour').getByRole('button', { name: 'Next' }).click();
  });
});
