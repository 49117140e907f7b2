import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './launch.ts';
import { startServer, type TestServer } from './server.ts';

/** Loading the policy and the first rollout take their time on a busy machine. */
const PATIENCE_MS = 120_000;
jest.setTimeout(2 * PATIENCE_MS);

const launched = await launchBrowser();
const missing = 'missing' in launched ? launched.missing : undefined;
const browser = launched as Browser;
const suite = missing === undefined ? describe : describe.skip;

suite(`the page in a real browser${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let server: TestServer;
  let pages: Page[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(async () => {
    await Promise.all(pages.map((page) => page.context().close()));
    pages = [];
    // Nothing may go wrong unseen: no exception, no blocked script, no failed request.
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await server?.stop();
  });

  async function openPage(query = '', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme: 'dark',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    pages.push(page);
    await page.goto(server.url + query);
    return page;
  }

  const mark = (page: Page, name: string) =>
    page.evaluate((key) => document.body.dataset[key], name);
  const waitForMark = (page: Page, name: string, value: string) =>
    page.waitForFunction(([key, wanted]) => document.body.dataset[key] === wanted, [name, value]);
  const api = async (path: string) => (await fetch(new URL(path, server.url))).json();
  const picture = (page: Page) => page.locator('#stage').screenshot();

  test('shows the agent acting without a click, and the picture moves with it', async () => {
    const page = await openPage();
    await waitForMark(page, 'origin', 'run');
    await page.keyboard.press('Space');
    await page.keyboard.press('2');
    while (Number(await mark(page, 'step')) > 0) await page.keyboard.press('ArrowLeft');
    // The flash of a new goal ends; then the picture stands still.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
    const first = await picture(page);
    expect((await picture(page)).equals(first)).toBe(true);
    await page.keyboard.press('ArrowRight');
    await waitForMark(page, 'step', '1');
    await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
    expect((await picture(page)).equals(first)).toBe(false);
    expect(await mark(page, 'mismatch')).toBe('-1');
    await page.keyboard.press('l');
    await waitForMark(page, 'mode', 'live');
  });

  test('a person plays with Minigrid’s keys, and hands back', async () => {
    const page = await openPage();
    await waitForMark(page, 'connection', 'online');
    await page.waitForFunction(() => document.body.dataset.episode !== undefined);
    await page.locator('#play-yourself').click();
    await waitForMark(page, 'origin', 'person');
    const before = await mark(page, 'hash');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    // The mark counts from 0: the third step is the one on the stage.
    await waitForMark(page, 'step', '2');
    expect(await mark(page, 'hash')).not.toBe(before);
    expect(await mark(page, 'mismatch')).toBe('-1');
    await page.keyboard.press('Escape');
    await waitForMark(page, 'mode', 'live');
    await page.waitForFunction(() => document.body.dataset.origin !== 'person');
  });

  test('picking a mission starts a run on it and shows it', async () => {
    const page = await openPage();
    await waitForMark(page, 'connection', 'online');
    const before = await mark(page, 'run');
    await page.getByLabel('Search missions').fill('open door');
    await page.locator('.level[data-level="BabyAI-OpenDoor-v0"]').click();
    await waitForMark(page, 'level', 'BabyAI-OpenDoor-v0');
    expect(await mark(page, 'run')).not.toBe(before);
    await waitForMark(page, 'episodeLevel', 'BabyAI-OpenDoor-v0');
    await page.locator('.mission .sentence', { hasText: /open .*door/ }).waitFor();
    await waitForMark(page, 'origin', 'run');
    await page.getByRole('button', { name: 'Pause learning' }).click();
    await waitForMark(page, 'status', 'paused');
  });

  test('a reward change is acknowledged, takes effect and is marked on the charts', async () => {
    const page = await openPage();
    await waitForMark(page, 'connection', 'online');
    // Being online comes before knowing the run: until then there is nothing to resume.
    await page.waitForFunction(() => document.body.dataset.status !== undefined);
    if ((await mark(page, 'status')) === 'paused') {
      await page.getByRole('button', { name: 'Resume learning' }).click();
    }
    await waitForMark(page, 'status', 'running');
    const changes = Number(await mark(page, 'changes'));
    const runId = await mark(page, 'run');
    const slider = page.getByRole('slider', { name: 'Step cost' });
    await slider.fill('0.002');
    await waitForMark(page, 'changes', String(changes + 1));
    expect(await page.locator('#charts').getAttribute('data-changes')).toBe(String(changes + 1));
    expect((await api(`/api/runs/${runId}`)).run.rewards.stepCost).toBe(0.002);
    expect(await page.locator('[data-field="stepCost"] output').textContent()).toContain('0.002');
    await page.locator('#rewards').getByRole('button', { name: 'Undo' }).click();
    await waitForMark(page, 'changes', String(changes + 2));
    expect((await api(`/api/runs/${runId}`)).run.rewards.stepCost).toBe(0);
  });

  test('a recorded episode is replayed, by anyone with its link, to the same final state', async () => {
    const page = await openPage();
    await waitForMark(page, 'origin', 'run');
    await page.keyboard.press('r');
    const row = page.locator('#recordings .row').first();
    await row.waitFor();
    await page.keyboard.press('r');
    const id = await row.getAttribute('data-recording');
    const answer = await api(`/api/replays/${id}`);
    const replay = answer.replay ?? answer;
    const hash = (replay.hashes.at(-1) as number).toString(16).padStart(8, '0');

    const other = await openPage(`?recording=${id}`);
    await waitForMark(other, 'origin', 'recording');
    expect(await mark(other, 'episode')).toBe(replay.id);
    await other.keyboard.press('5');
    await other.locator('#outcome').waitFor();
    expect(await mark(other, 'step')).toBe(String(replay.outcome.steps - 1));
    expect(await mark(other, 'hash')).toBe(hash);
    expect(await mark(other, 'mismatch')).toBe('-1');

    await row.getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    // What follows needs a page, but nothing that learns.
    await page.getByRole('button', { name: 'Pause learning' }).click();
    await waitForMark(page, 'status', 'paused');
  });

  test('a link to a recording that is gone says so, and the run is shown', async () => {
    const page = await openPage('?recording=nothing-here');
    await page.locator('.notice[data-tone="bad"]').waitFor();
    await page.waitForFunction(() => document.body.dataset.episode !== undefined);
  });

  test.each(['dark', 'light'] as const)(
    'has no accessibility violation (%s)',
    async (colorScheme) => {
      const page = await openPage('', { colorScheme });
      await page.waitForFunction(() => document.body.dataset.episode !== undefined);
      await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'));
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof import('axe-core') };
        const result = await axe.run(document);
        return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      });
      expect(violations).toEqual([]);
    },
  );

  test.each([
    [1440, 900],
    [1024, 768],
    [390, 844],
  ])('fits %p × %p without scrolling sideways', async (width, height) => {
    const page = await openPage('', { viewport: { width, height } });
    await page.waitForFunction(() => document.body.dataset.episode !== undefined);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
    const stage = await page.locator('#stage canvas').boundingBox();
    expect(stage?.width).toBeGreaterThan(300);
    expect(stage?.height).toBeGreaterThan(240);
  });
});
