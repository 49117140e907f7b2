import os from 'node:os';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { at } from '../../shared/indexing.ts';
import { median } from '../../shared/statistics.ts';
import { launchBrowser } from './launch.ts';
import { startServer } from './server.ts';

/**
 * Follows a run in a real browser for a while and records how smoothly and how economically the page
 * draws it. Prints one JSON object as the last line; frame times are in milliseconds.
 */
const { values } = parseArgs({
  options: {
    level: { type: 'string', default: 'BabyAI-BossLevel-v0' },
    seconds: { type: 'string', default: '60' },
    speed: { type: 'string', default: '2' },
    width: { type: 'string', default: '1440' },
    height: { type: 'string', default: '900' },
    'all-layers': { type: 'boolean', default: false },
    'pause-training': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  process.stderr.write(`--seconds is ${values.seconds}; accepted: a number above 0\n`);
  process.exit(2);
}
/** Keys of the layers that are off at first. */
const LAYER_KEYS = ['h', 'v', 'e', 'k'];
/** Samples of memory over the whole follow. */
const SAMPLES = 12;
const PATIENCE_MS = 240_000;

/** What a home connection brings: bits a second, and milliseconds to the server and back. */
const HOME = { bits: 10e6, roundTrip: 40 };
/** The same far from everything. */
const SLOW = { bits: 4e5, roundTrip: 40 };
const LOADS = 5;

/** What the page writes down about itself. */
interface Recorder {
  intervals: number[];
  work: number[];
  /** Of each frame that was drawn: calls to the graphics card, and corners of triangles. */
  calls: number[];
  corners: number[];
  episodes: Set<string>;
}
type Recording = typeof globalThis & { recorder: Recorder; agentAt?: number; stageAt?: number };

const found = await launchBrowser();
if ('missing' in found) {
  process.stderr.write(`${found.missing}\n`);
  process.exit(1);
}
const browser = found;
const server = process.env.BENCH_URL
  ? { url: process.env.BENCH_URL, stop: async () => {} }
  : await startServer();
try {
  const load = {
    thisMachine: await loadTimes(),
    home: await loadTimes(HOME),
    slow: await loadTimes(SLOW),
  };
  const context = await browser.newContext({
    viewport: { width: Number(values.width), height: Number(values.height) },
  });
  // Runs before the page's own scripts: every animation frame's callback is timed.
  await context.addInitScript(recordFrames);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(server.url);
  await page.waitForFunction(() => document.body.dataset.status !== undefined);
  await chooseLevel(page, values.level);
  if (values['pause-training']) await page.locator('#learn').click();
  await page.keyboard.press(values.speed);
  if (values['all-layers']) for (const key of LAYER_KEYS) await page.keyboard.press(key);
  const memory: number[] = [];
  await page.evaluate(() => {
    const { recorder } = globalThis as Recording;
    recorder.intervals.length = recorder.work.length = 0;
    recorder.calls.length = recorder.corners.length = 0;
    recorder.episodes.clear();
  });
  for (let sample = 0; sample < SAMPLES; sample++) {
    await page.waitForTimeout((seconds * 1000) / SAMPLES);
    memory.push(await heapOf(page));
  }
  const frames = await page.evaluate(() => {
    const { recorder } = globalThis as Recording;
    return { ...recorder, episodes: recorder.episodes.size };
  });
  const result = {
    level: values.level,
    seconds,
    viewport: `${values.width}x${values.height}`,
    allLayers: values['all-layers'],
    /** Milliseconds from opening the address, nothing cached, until there is text, an agent that moves, and the stage itself. */
    load,
    training: !values['pause-training'],
    framesPerSecond: round(frames.intervals.length / seconds),
    frameInterval: spread(frames.intervals),
    /** Share of frames that came in time for 60 a second, and of those whose own work did. */
    inTime: round(shareBelow(frames.intervals, 1000 / 60 + 2)),
    scriptPerFrame: spread(frames.work),
    scriptInTime: round(shareBelow(frames.work, 1000 / 60)),
    /** What a graphics card would have to do for a frame, whatever stands in for one here. */
    drawCalls: spread(frames.calls),
    triangles: spread(frames.corners.map((count) => count / 3)),
    episodesSeen: frames.episodes,
    heapMegabytes: memory.map((bytes) => round(bytes / 1e6)),
    graphics: await graphicsOf(page),
    browser: browser.version(),
    machine: {
      cores: os.availableParallelism(),
      cpu: os.cpus()[0]?.model,
      load: round(at(os.loadavg(), 0)),
    },
    date: new Date().toISOString(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await browser.close();
  await server.stop();
}

/** Medians of some loads, while the server trains. */
async function loadTimes(line?: typeof HOME) {
  const times: { text: number; agent: number; stage: number }[] = [];
  for (let n = 0; n < LOADS; n++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    if (line) {
      const session = await context.newCDPSession(page);
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: line.roundTrip,
        downloadThroughput: line.bits / 8,
        uploadThroughput: line.bits / 8,
      });
    }
    await page.addInitScript(recordAgent);
    await page.goto(server.url);
    await page.waitForFunction(() => (globalThis as Recording).stageAt !== undefined);
    times.push(
      await page.evaluate(() => ({
        text: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
        agent: (globalThis as Recording).agentAt ?? 0,
        stage: (globalThis as Recording).stageAt ?? 0,
      })),
    );
    await context.close();
  }
  return {
    text: Math.round(median(times.map(({ text }) => text))),
    agent: Math.round(median(times.map(({ agent }) => agent))),
    stage: Math.round(median(times.map(({ stage }) => stage))),
  };
}

/** Runs in the page, so without a function that has a name: tsx would wrap it in a helper that the page lacks. */
function recordAgent(): void {
  const timer = setInterval(() => {
    const record = globalThis as Recording;
    if (!document.body?.dataset.episode) return;
    // A plain picture of the world moves first; the drawing library comes after it.
    const isDrawn = document.querySelector('#stage canvas') !== null;
    const poster = document.querySelector<HTMLImageElement>('.poster');
    if (isDrawn || (poster?.complete && poster.naturalWidth > 0))
      record.agentAt ??= performance.now();
    if (!isDrawn) return;
    record.stageAt = performance.now();
    clearInterval(timer);
  }, 5);
}

async function chooseLevel(page: Page, level: string): Promise<void> {
  if ((await page.evaluate(() => document.body.dataset.level)) !== level) {
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('Search missions').fill(level);
    await page.locator(`.level[data-level="${level}"]`).click();
  }
  // Until the run has an episode of its own the expert shows the level: that is as much to draw.
  await page.waitForFunction((wanted) => document.body.dataset.episodeLevel === wanted, level);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.locator('#stage').focus();
}

/** Used heap after a collection, so that only what is held counts. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

async function graphicsOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : 'no WebGL';
  });
}

/** Runs in the page. */
function recordFrames(): void {
  const recorder: Recorder = {
    intervals: [],
    work: [],
    calls: [],
    corners: [],
    episodes: new Set(),
  };
  (globalThis as Recording).recorder = recorder;
  let calls = 0;
  let corners = 0;
  const { drawElements, drawArrays } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.drawElements = function (mode, count, type, offset) {
    calls++;
    corners += count;
    drawElements.call(this, mode, count, type, offset);
  };
  WebGL2RenderingContext.prototype.drawArrays = function (mode, first, count) {
    calls++;
    corners += count;
    drawArrays.call(this, mode, first, count);
  };
  const request = globalThis.requestAnimationFrame.bind(globalThis);
  let last = 0;
  globalThis.requestAnimationFrame = (callback) =>
    request((now) => {
      const begun = performance.now();
      callback(now);
      recorder.work.push(performance.now() - begun);
      if (calls > 0) {
        recorder.calls.push(calls);
        recorder.corners.push(corners);
        calls = corners = 0;
      }
      if (last > 0 && now > last) recorder.intervals.push(now - last);
      last = now;
      const { episode } = document.body?.dataset ?? {};
      if (episode) recorder.episodes.add(episode);
    });
}

function spread(samples: number[]) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function shareBelow(samples: number[], limit: number): number {
  return samples.filter((value) => value < limit).length / Math.max(1, samples.length);
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
