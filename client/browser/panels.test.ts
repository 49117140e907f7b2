import { brotliCompressSync, constants } from 'node:zlib';
import { expect, test } from '@jest/globals';
import {
  boxOf,
  browserSuite,
  eventually,
  mark,
  settled,
  violations,
  waitForMark,
} from './suite.ts';

await browserSuite('tour, missions, rewards and links', ({ open, url }) => {
  test('at most 120 kB of script come before the world is shown, and all of it compressed', async () => {
    const html = await (await fetch(url())).text();
    // What the entry imports; the drawing library and the dialogs come after it.
    const entry = [...html.matchAll(/(?:src|href)="(\.\/assets\/[^"]+\.js)"/g)];
    expect(entry.length).toBeGreaterThan(0);
    const sizes = await Promise.all(
      entry.map(async ([, address]) => {
        const answer = await fetch(new URL(address as string, url()), {
          headers: { 'accept-encoding': 'br' },
        });
        const script = Buffer.from(await answer.arrayBuffer());
        // A packet's worth is not worth it.
        if (script.length > 1024) expect(answer.headers.get('content-encoding')).toBe('br');
        return brotliCompressSync(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
          .length;
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
  });

  test('a newcomer is offered a tour, which goes by keyboard, covers nothing, and is not offered again', async () => {
    const page = await open('', { isNew: true, held: true });
    await page.getByRole('button', { name: 'Show me round' }).click();
    const card = page.locator('#tour');
    await eventually(async () => expect(await page.locator('#invitation').count()).toBe(0));
    expect(await violations(page)).toEqual([]);
    const seen: string[] = [];
    for (let stop = 0; stop < 7; stop++) {
      seen.push((await card.getByRole('heading').textContent()) ?? '');
      const standsApart = () =>
        page.evaluate(() => {
          const [around, own] = ['.pointed', '#tour'].map((one) =>
            document.querySelector(one)?.getBoundingClientRect(),
          );
          if (!around || !own) throw new Error('the tour points at nothing');
          return (
            own.left >= around.right ||
            around.left >= own.right ||
            own.top >= around.bottom ||
            around.top >= own.bottom
          );
        });
      // The page is still being laid out on a busy machine; the card follows what it points at.
      let apart = await standsApart();
      for (let frames = 0; !apart && frames < 60; frames++) {
        await settled(page);
        apart = await standsApart();
      }
      expect(`${seen[stop]} ${apart ? 'free' : 'covered'}`).toBe(`${seen[stop]} free`);
      await card.getByRole('button', { name: stop < 6 ? 'Next' : 'Done' }).press('Enter');
    }
    expect(new Set(seen).size).toBe(7);
    await card.waitFor({ state: 'hidden' });
    await page.reload();
    await page.waitForFunction(() => document.body.dataset.episode !== undefined);
    await card.waitFor({ state: 'attached' });
    await eventually(async () => expect(await page.locator('#invitation').count()).toBe(0));
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByRole('button', { name: 'Show me round' }).click();
    await card.waitFor();
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'hidden' });
  });

  test.each(['watch', 'change'])('every number says what it means (%s)', async (verb) => {
    const page = await open(`?do=${verb}`);
    await waitForMark(page, 'origin', 'run');
    await page.waitForFunction(() => Number(document.body.dataset.updates) > 0);
    const mute = await page.evaluate(() => {
      // Not measurements: names, sentences, what a person types or chooses, and what was done.
      const exempt =
        '[data-tip], .sentence, .level, option, dialog, .tour, #narration, #announcer, .notice, #alert, [role="alert"], #effect .caution, button, label, kbd, noscript, .empty, .visually-hidden, .explanation, script, style';
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: string[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!/\d/.test(node.textContent ?? '') || !parent || parent.closest(exempt)) continue;
        if (!parent.checkVisibility()) continue;
        found.push(`${parent.closest('[class]')?.className}: ${node.textContent}`);
      }
      return found;
    });
    expect(mute).toEqual([]);
  });

  test('all levels can be browsed by skill, world and difficulty, with their pictures', async () => {
    const page = await open('?do=change', { held: true });
    await page.getByRole('button', { name: 'Browse…' }).click();
    const dialog = page.getByRole('dialog');
    const cards = dialog.locator('.level-card[data-level]');
    await cards.first().waitFor();
    await eventually(async () => expect(await cards.count()).toBe(96));
    // The list beside the stage is a single stop for the keyboard, and gone through with the arrows.
    await eventually(async () =>
      expect(await page.locator('#missions .level:not([tabindex="-1"])').count()).toBe(1),
    );
    await page.waitForFunction(
      () => (document.querySelector('.level-card img') as HTMLImageElement).naturalWidth > 0,
    );
    await dialog.getByLabel('Group missions by').selectOption('difficulty');
    await eventually(async () => expect(await cards.count()).toBe(96));
    await dialog.getByLabel('Search all missions').fill('put next');
    await eventually(async () => expect(await cards.count()).toBeLessThan(40));
    expect(await violations(page)).toEqual([]);
    await cards.first().getByRole('button', { name: 'You play' }).click();
    await waitForMark(page, 'origin', 'person');
    await eventually(async () => expect(await dialog.count()).toBe(0));
  });

  test('a mission is completed while it is written, proved, and played', async () => {
    const page = await open('?do=change', { held: true });
    await page.getByRole('button', { name: 'Write…' }).click();
    const field = page.getByRole('combobox', { name: 'Mission' });
    await field.fill('go to the gr');
    await page.getByRole('option', { name: 'green' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('ball');
    await eventually(async () => expect(await field.inputValue()).toBe('go to the green ball'));
    const verdict = page.locator('.pane:not([hidden]) .verdict');
    await verdict.getByText('It can be done').waitFor();
    await field.fill('go to the green banana');
    await verdict.getByText('banana').waitFor();
    const play = page.getByRole('button', { name: 'Play it yourself' });
    await eventually(async () => expect(await play.isDisabled()).toBe(true));
    await field.fill('go to the green ball');
    await verdict.getByText('It can be done').waitFor();
    await play.click();
    await waitForMark(page, 'origin', 'person');
    await eventually(async () => expect(await mark(page, 'mission')).toBe('go to the green ball'));
  });

  test('a world is laid out by keyboard and pointer, and is the one that is played', async () => {
    const page = await open('?do=change', { held: true });
    await page.getByRole('button', { name: 'Build…' }).click();
    const pane = page.locator('#missions-pane-build');
    await pane.getByLabel('Key', { exact: true }).check();
    await pane.getByLabel('yellow', { exact: true }).check();
    await pane.locator('[data-x="4"][data-y="3"]').click();
    await page.keyboard.press('ArrowRight');
    await pane.getByLabel('Wall', { exact: true }).check();
    await pane.locator('[data-x="5"][data-y="3"]').focus();
    await page.keyboard.press('Enter');
    await eventually(async () =>
      expect(await pane.locator('[data-x="4"][data-y="3"]').getAttribute('aria-label')).toBe(
        'yellow key',
      ),
    );
    await eventually(async () =>
      expect(await pane.locator('[data-x="5"][data-y="3"]').getAttribute('aria-label')).toBe(
        'wall',
      ),
    );
    await pane.getByRole('combobox', { name: 'Mission' }).fill('pick up the yellow key');
    await pane.locator('.verdict').getByText('It can be done').waitFor();
    expect(await violations(page)).toEqual([]);
    await pane.getByRole('button', { name: 'Play it yourself' }).click();
    await waitForMark(page, 'origin', 'person');
    await eventually(async () => expect(await mark(page, 'episodeLevel')).toContain('yk ##'));
    await eventually(async () => expect(await mark(page, 'mismatch')).toBe('-1'));
  });

  test('a link shows the same world, step and layers, and back leads back', async () => {
    const page = await open(
      '?level=BabyAI-GoToRedBall-v0&seed=12&step=2&layers=goal,fog&do=change',
    );
    await waitForMark(page, 'origin', 'seed');
    await eventually(async () =>
      expect(await mark(page, 'episodeLevel')).toBe('BabyAI-GoToRedBall-v0'),
    );
    await waitForMark(page, 'step', '2');
    await eventually(async () => expect(await mark(page, 'mode')).toBe('paused'));
    // The address follows what is shown, at most every 0.4 s.
    await page.waitForFunction(
      () => location.search.includes('run=') && location.search.includes('step=2'),
    );
    const link = new URL(page.url());
    expect(Object.fromEntries(link.searchParams)).toMatchObject({
      level: 'BabyAI-GoToRedBall-v0',
      seed: '12',
      step: '2',
      layers: 'goal,fog',
      do: 'change',
    });
    const hash = await mark(page, 'hash');
    const other = await open(link.search);
    await waitForMark(other, 'origin', 'seed');
    await waitForMark(other, 'step', '2');
    await eventually(async () =>
      expect(await mark(other, 'episodeLevel')).toBe('BabyAI-GoToRedBall-v0'),
    );
    expect((await mark(other, 'hash'))?.length).toBe(hash?.length);

    const told = page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const message = document.querySelector('#stage-message') as HTMLElement;
          new MutationObserver(() => {
            if (!message.hidden) resolve(message.textContent ?? '');
          }).observe(message, { attributes: true });
        }),
    );
    await page.getByRole('button', { name: 'Next seed' }).click();
    await eventually(async () =>
      expect(await told).toContain('The agent plays seed 13 of GoToRedBall…'),
    );
    await page.waitForFunction(() => location.search.includes('seed=13'));
    await page.locator('#stage-message').waitFor({ state: 'hidden' });
    // The same world again and again, while the agent learns.
    await page.locator('#keep-seed').click();
    await page.locator('#keep-seed[aria-pressed="true"]').waitFor();
    const once = await mark(page, 'episode');
    await page.locator('[data-course="episode"]').click();
    await page.locator('#timeline canvas').press('End');
    await page.waitForFunction((id) => document.body.dataset.episode !== id, once);
    await eventually(async () =>
      expect(await page.getByLabel('Seed', { exact: true }).inputValue()).toBe('13'),
    );
    await page.locator('#keep-seed').click();
    const runBefore = await mark(page, 'run');
    await page.getByLabel('Search missions').fill('open red door');
    await page.locator('.level[data-level="BabyAI-OpenRedDoor-v0"]').click();
    await waitForMark(page, 'level', 'BabyAI-OpenRedDoor-v0');
    await page.waitForFunction((run) => !location.search.includes(`run=${run}`), runBefore);
    await page.goBack();
    await waitForMark(page, 'run', runBefore ?? '');
  });

  test('a link that cannot be read says what is wrong with it', async () => {
    const page = await open('?seed=twelve');
    await page.locator('.notice', { hasText: 'seed is “twelve”' }).waitFor();
  });

  test('rewards are undone and redone, and the ledger adds up', async () => {
    const page = await open('?do=change', { held: true });
    await page.waitForFunction(() => document.body.dataset.status !== undefined);
    await page.getByRole('button', { name: 'Resume learning' }).click();
    await waitForMark(page, 'status', 'running');
    const rewards = page.locator('#rewards');
    const cost = rewards.locator('[data-field="stepCost"] output');
    await page.getByRole('slider', { name: 'Step cost' }).fill('0.003');
    const undo = rewards.getByRole('button', { name: 'Undo' });
    await page.waitForFunction(
      () =>
        !(document.querySelector('#rewards header button:nth-of-type(2)') as HTMLButtonElement)
          .disabled,
    );
    await undo.click();
    await page.waitForFunction(() =>
      document.querySelector('[data-field="stepCost"] output')?.textContent?.startsWith('0 '),
    );
    await rewards.getByRole('button', { name: 'Redo' }).click();
    await page.waitForFunction(() =>
      document.querySelector('[data-field="stepCost"] output')?.textContent?.startsWith('0.003'),
    );
    await eventually(async () => expect(await cost.textContent()).toContain('0.003'));
    const preset = (name: string, pressed: boolean) =>
      rewards.locator(`.chip[aria-pressed="${pressed}"]`, { hasText: name });
    await preset('Adversarial', false).click();
    await preset('Adversarial', true).waitFor();
    await undo.click();
    await preset('Adversarial', false).waitFor();
    await rewards.getByRole('button', { name: 'Explain' }).click();
    await rewards.getByText('Taken off at every step').waitFor();
    await page.locator('#ledger [data-episode]').first().waitFor();
    // However long the columns get, the page itself does not scroll.
    await eventually(async () =>
      expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(900),
    );
    await page.locator('#effect').getByText('Step cost').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test.each([
    [390, 844, 'light'],
    [1024, 768, 'dark'],
    [3840, 2160, 'light'],
  ] as const)('holds together at %p × %p (%s)', async (width, height, colorScheme) => {
    const page = await open('?do=change', { viewport: { width, height }, colorScheme, held: true });
    // The longest that is said of a run.
    await page.locator('#bar .status').evaluate((status) => {
      status.textContent = 'Testing 100 of 100';
    });
    const sizes = await page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      bar: document.querySelector('#bar')?.getBoundingClientRect().height ?? 0,
      window: innerWidth,
      text: Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
      panel: document.querySelector('#missions')?.getBoundingClientRect().width ?? 0,
    }));
    expect(sizes.page).toBeLessThanOrEqual(sizes.window);
    // One row, but on a phone.
    expect(sizes.bar).toBeLessThan(width < 500 ? 130 : 110);
    if (width > 3000) expect(sizes.panel).toBeGreaterThan(500);
    const bounds = await page.evaluate(() => {
      const sizes = [...document.querySelectorAll('body *')]
        .filter((one) => one.checkVisibility() && one.textContent)
        .map((one) => getComputedStyle(one).fontSize);
      return [...new Set(sizes)];
    });
    expect(bounds.length).toBeLessThanOrEqual(6);
    await page.getByRole('button', { name: 'Browse…' }).click();
    const card = await boxOf(page.locator('.level-card').first());
    expect(card.x >= 0 && card.x + card.width <= width).toBe(true);
    expect(await violations(page)).toEqual([]);
  });
});
