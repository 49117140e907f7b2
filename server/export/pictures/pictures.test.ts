import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { decompressFrames, parseGIF } from 'gifuct-js';
import { createEnv } from '../../../envs/index.ts';
import { createFilm, type Layer } from '../../../envs/render/film.ts';
import type { Replay } from '../../../shared/replay.ts';
import { trueReplay } from '../../api/trueReplay.testing.ts';
import { exportEpisode } from './exportEpisode.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'pictures-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PACE = { framesPerSecond: 10, lastSeconds: 1 };
const replay = trueReplay('BabyAI-UnlockPickup-v0', 5);
const { steps } = replay.outcome;
const LAST = steps;

/** The same episode with a Planner that wants the cell (2, 3) throughout. */
const withGoal: Replay = {
  ...replay,
  mind: {
    probabilities: Array(steps * 7).fill(143),
    values: Array(steps).fill(0),
    subgoals: Array(steps).fill(1),
    goalX: Array(steps).fill(2),
    goalY: Array(steps).fill(3),
    confidence: Array(steps).fill(900),
    replans: Array(steps).fill(0),
    ponder: Array(steps).fill(1),
  },
};

function pixelsOf(document: Replay, frame: number, cell = 16, layers?: Layer[]) {
  const film = createFilm(document, { cell, layers });
  const [{ canvas }] = film.frames(new Set([frame]));
  return { film, pixels: canvas.pixels.slice() };
}

/** Frames of a GIF as a viewer shows them: each drawn over the one before. */
function playGif(bytes: Uint8Array): { delay: number; pixels: Uint8ClampedArray }[] {
  const gif = parseGIF(new Uint8Array(bytes).buffer);
  const { width, height } = gif.lsd;
  const shown = new Uint8ClampedArray(width * height * 4);
  return decompressFrames(gif, true).map(({ dims, patch, delay }) => {
    for (let y = 0; y < dims.height; y++)
      for (let x = 0; x < dims.width; x++) {
        const from = (y * dims.width + x) * 4;
        if (patch[from + 3] === 0) continue;
        const to = ((y + dims.top) * width + x + dims.left) * 4;
        for (let c = 0; c < 4; c++) shown[to + c] = patch[from + c];
      }
    return { delay, pixels: shown.slice() };
  });
}

function meanDifference(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

test('a decoder shows the frames of a GIF as they were drawn, the first one first', async () => {
  const file = path.join(folder, 'episode.gif');
  const progress: number[] = [];
  const exported = await exportEpisode(withGoal, file, {
    ...PACE,
    cell: 16,
    onProgress: (done) => progress.push(done),
  });
  const bytes = readFileSync(file);
  expect(exported).toMatchObject({ frames: steps + 1, bytes: bytes.length });
  expect(progress).toEqual(Array.from({ length: steps + 1 }, (_, i) => i + 1));
  const played = playGif(bytes);
  expect(played.map(({ delay }) => delay)).toEqual([...Array(steps).fill(100), 1000]);
  // 255 colours for all frames together.
  for (const frame of [0, 3, LAST])
    expect(meanDifference(played[frame].pixels, pixelsOf(withGoal, frame).pixels)).toBeLessThan(1);
  expect(meanDifference(played[0].pixels, pixelsOf(withGoal, LAST).pixels)).toBeGreaterThan(2);
  expect(readdirSync(folder)).toEqual(['episode.gif']);
});

test('a PNG holds exactly the pixels of the wanted frame', async () => {
  const file = path.join(folder, 'frame.png');
  const { width, height } = await exportEpisode(replay, file, { ...PACE, cell: 16, step: 3 });
  const bytes = readFileSync(file);
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([width, height]);
  const dataAt = bytes.indexOf('IDAT') + 4;
  const rows = inflateSync(bytes.subarray(dataAt, dataAt + bytes.readUInt32BE(dataAt - 8)));
  const { pixels } = pixelsOf(replay, 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        if (rows[y * (1 + width * 3) + 1 + x * 3 + c] !== pixels[(y * width + x) * 4 + c])
          throw new Error(`pixel ${x}, ${y}, channel ${c} differs`);
});

describe('what is drawn', () => {
  const colorAt = (frame: ReturnType<typeof pixelsOf>, x: number, y: number) => [
    ...frame.pixels.subarray((y * frame.film.width + x) * 4, (y * frame.film.width + x) * 4 + 3),
  ];

  test('the goal outlines its cell', () => {
    const [plain, marked] = [
      pixelsOf(replay, 0, 20, ['goal']),
      pixelsOf(withGoal, 0, 20, ['goal']),
    ];
    // The target's upper left corner, and that of the cell beside it.
    expect(colorAt(marked, 2 * 20, 3 * 20 + 4)).toEqual([0xff, 0x9a, 0x4a]);
    expect(colorAt(marked, 3 * 20, 3 * 20 + 4)).toEqual(colorAt(plain, 3 * 20, 3 * 20 + 4));
    const bare = [withGoal, replay].map((document) =>
      Buffer.from(pixelsOf(document, 0, 20, []).pixels),
    );
    expect(bare[0].equals(bare[1])).toBe(true);
  });

  test('fog lies over what the agent has not seen', () => {
    const [foggy, clear] = [pixelsOf(replay, 0, 16, ['fog']), pixelsOf(replay, 0, 16, [])];
    const light = (pixels: Uint8ClampedArray) => pixels.reduce((sum, value) => sum + value, 0);
    expect(light(foggy.pixels)).toBeLessThan(light(clear.pixels) * 0.9);
  });

  test('text makes room for itself below the world', () => {
    const [bare, told] = [pixelsOf(replay, 0, 16, []), pixelsOf(replay, 0, 16, ['text'])];
    expect(bare.film.width).toBe(told.film.width);
    expect(told.film.height).toBeGreaterThan(bare.film.height + 30);
    const ink = [0xe8, 0xed, 0xf4];
    const written = (from: number) =>
      Array.from({ length: told.film.width * (told.film.height - from) }, (_, i) =>
        colorAt(told, i % told.film.width, from + Math.floor(i / told.film.width)),
      ).filter((color) => color.every((value, c) => value === ink[c])).length;
    expect(written(bare.film.height)).toBeGreaterThan(replay.mission.length * 4);
  });

  test('the agent stands in its cell', () => {
    const { agentX, agentY } = createEnv(replay.levelId, { seed: replay.seed }).state;
    const middle = (at: number) => at * 16 + 8;
    expect(colorAt(pixelsOf(replay, 0), middle(agentX), middle(agentY))).toEqual([
      0x43, 0xc6, 0xf2,
    ]);
  });
});

test.each([
  [
    'another state than recorded',
    { ...replay, hashes: replay.hashes.map((hash, i) => (i === 2 ? hash ^ 1 : hash) >>> 0) },
    {},
    /the state after step 2 is not as recorded/,
  ],
  ['a level that is unknown', { ...replay, levelId: 'BabyAI-Nowhere-v0' }, {}, /BabyAI-Nowhere/],
  ['a step beyond the end', replay, { step: steps + 1 }, /step is \d+; accepted: 0 to/],
])('%s makes no picture', async (_, document, options, message) => {
  const file = path.join(folder, 'refused.gif');
  await expect(exportEpisode(document, file, { ...PACE, ...options })).rejects.toThrow(message);
  expect(readdirSync(folder)).not.toContain('refused.gif');
});
