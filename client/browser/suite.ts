import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { RunInfo } from '../../shared/protocol.ts';
import { launchBrowser } from './launch.ts';
import { startServer, type TestServer } from './server.ts';
import { type Teacher, teach } from './teacher.ts';

/** Loading the policy, the first rollout and the process that plays take their time on a busy machine. */
export const PATIENCE_MS = 150_000;

export interface PageOptions extends BrowserContextOptions {
  /** Somebody who was never here: a tour is offered. */
  isNew?: boolean;
  /** Stays open for the tests that follow. */
  stays?: boolean;
  /** Paused at once: for what is not about watching, so that nothing needs to be drawn meanwhile. */
  held?: boolean;
  /** Mark of the page that says it is there; an episode's unless given. */
  ready?: string;
  /** Changes what the page is told of a run: for states that take a server long to come to. */
  retold?: (run: RunInfo) => RunInfo;
}

/** What the tests of one file share: a browser, and a server of their own whose run rests. */
export interface Bench {
  url(): string;
  /**
   * A page that shows an episode; closed after the test. Things do not glide there unless asked for.
   * `query` may be an address on another server, too.
   */
  open(query?: string, options?: PageOptions): Promise<Page>;
  /** What the server answers. */
  api(path: string): Promise<unknown>;
}

/**
 * A suite in a real browser; skipped, with the reason, where there is none. After each test nothing may
 * have gone wrong unseen: no exception, no blocked script, no failed request.
 */
export async function browserSuite(about: string, tests: (bench: Bench) => void): Promise<void> {
  jest.setTimeout(4 * PATIENCE_MS);
  const launched = await launchBrowser();
  if ('missing' in launched) {
    describe.skip(`${about} (skipped: ${launched.missing})`, () => tests({} as Bench));
    return;
  }
  describe(about, () => tests(makeBench(launched)));
}

function makeBench(browser: Browser): Bench {
  let server: TestServer | undefined;
  let teacher: Teacher | undefined;
  let pages: Page[] = [];
  const problems: string[] = [];
  const url = () => server?.url ?? '';

  beforeAll(async () => {
    server = await startServer(1);
    teacher = await teach(server.url, PATIENCE_MS);
  });
  afterEach(async () => {
    await Promise.all(pages.map((page) => page.context().close()));
    pages = [];
    await teacher?.rest();
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    teacher?.close();
    await browser.close();
    await server?.stop();
  });

  return {
    url,
    api: async (path) => (await fetch(new URL(path, url()))).json(),
    async open(
      query = '',
      { isNew = false, stays = false, held = false, ready = 'episode', retold, ...options } = {},
    ) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        colorScheme: 'dark',
        reducedMotion: 'reduce',
        ...options,
      });
      if (!isNew)
        await context.addInitScript(() => localStorage.setItem('planner-doer-tour', 'seen'));
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      if (!stays) pages.push(page);
      if (retold) await retell(page, retold);
      await page.goto(new URL(query, url()).href);
      await page.waitForFunction((name) => document.body.dataset[name] !== undefined, ready);
      if (held) await hold(page);
      return page;
    },
  };
}

/** Changes each `run:state` on its way to the page. */
function retell(page: Page, retold: (run: RunInfo) => RunInfo): Promise<void> {
  const START = '42["run:state",';
  return page.routeWebSocket(/socket\.io/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      if (typeof message !== 'string' || !message.startsWith(START)) return socket.send(message);
      const [name, run] = JSON.parse(message.slice(2)) as [string, RunInfo];
      socket.send(`42${JSON.stringify([name, retold(run)])}`);
    });
  });
}

/** One of the marks that the page writes about itself (app/marks.ts). */
export const mark = (page: Page, name: string) =>
  page.evaluate((key) => document.body.dataset[key], name);

export const waitForMark = (page: Page, name: string, value: string) =>
  page.waitForFunction(({ key, wanted }) => document.body.dataset[key] === wanted, {
    key: name,
    wanted: value,
  });

/**
 * Makes the same claims again and again until they hold; the last failure is the test's. A busy machine shows
 * late what was asked for, so whatever follows from an action is claimed through this, or waited for.
 */
export async function eventually<T>(claims: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS / 2; ; await sleep(100)) {
    try {
      return await claims();
    } catch (failure) {
      if (performance.now() > end) throw failure;
    }
  }
}

/** Where something lies on the page, in CSS pixels, once it is laid out. */
export const boxOf = (locator: Locator) =>
  eventually(async () => {
    const box = await locator.boundingBox();
    if (!box) throw new Error(`${locator} is not laid out`);
    return box;
  });

/** A number that an element says about itself, once it does. */
export const numberOf = (locator: Locator, attribute: string) =>
  eventually(async () => {
    const said = await locator.getAttribute(attribute);
    expect(said).toMatch(/^-?\d/);
    return Number(said);
  });

/** What was asked for by key has been shown: marks are written once a frame. */
export const settled = (page: Page) =>
  page.evaluate(
    () =>
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))),
  );

export async function hold(page: Page): Promise<void> {
  if ((await mark(page, 'mode')) !== 'paused') {
    // On a button, Space would press that.
    await page.locator('#stage').focus();
    await page.keyboard.press('Space');
  }
  await waitForMark(page, 'mode', 'paused');
}

const MOST_PRESSES = 200;

/** Pauses and goes to a step of the episode on the stage. */
export async function holdAt(page: Page, step: number): Promise<void> {
  await hold(page);
  for (let presses = 0; ; presses++) {
    const at = Number(await mark(page, 'step'));
    if (at === step) return;
    // The last step stays the last one, however often one goes on.
    if (presses > MOST_PRESSES)
      throw new Error(`step is ${at} after ${presses} presses, not ${step}`);
    await page.keyboard.press(at > step ? 'ArrowLeft' : 'ArrowRight');
    // Another press before the page has shown this one would go too far.
    await settled(page);
  }
}

/** A picture's pixels, row by row: red, green, blue and opacity from 0 to 255. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The pixels of a PNG, as the browser decodes it. */
export async function pixelsOf(page: Page, png: Buffer): Promise<Pixels> {
  const { base64, ...size } = await page.evaluate(async (text) => {
    const file = await (await fetch(`data:image/png;base64,${text}`)).blob();
    const image = await createImageBitmap(file);
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(image, 0, 0);
    const bytes = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    let letters = '';
    for (let at = 0; at < bytes.length; at += 4096)
      letters += String.fromCharCode(...bytes.subarray(at, at + 4096));
    return { width, height, base64: btoa(letters) };
  }, png.toString('base64'));
  return { ...size, data: new Uint8ClampedArray(Buffer.from(base64, 'base64')) };
}

/** Ids of accessibility rules that are broken, with the first element of each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'));
  return page.evaluate(async () => {
    // Cast: the script above has put it there.
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const result = await axe.run(document);
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  });
}
