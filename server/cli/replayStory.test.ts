import { spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decompressFrames, parseGIF } from 'gifuct-js';
import { createStoryFilm } from '../../envs/render/storyFilm.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { Story } from '../../shared/story/types.ts';
import { checkpointPath } from '../policy/policyFile.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { openDataFolder } from '../storage/dataFolder.ts';
import { samplePoint, sampleRun } from '../storage/sample.testing.ts';
import { openSqliteStore, type SqliteStore } from '../storage/sqliteStore.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'story-test-'));
const data = path.join(folder, 'data');
let store: SqliteStore;
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run that began with nothing and ends with the shipped policy; the checkpoint between them is damaged. */
beforeAll(async () => {
  const opened = openDataFolder(data);
  opened.release();
  // It stays open, as under a server that runs.
  store = openSqliteStore(opened.database);
  const run = sampleRun('run-a', {
    ...{ init: 'scratch', envSteps: 5 * 2048, updates: 5 },
    // Nobody does this by chance.
    levelId: 'BabyAI-PutNextLocal-v0',
  });
  store.putRun(run);
  for (const updates of [1, 3, 5])
    store.putUpdate(run, samplePoint(updates, { evalSuccess: updates / 5 }));
  const checkpoints = new CheckpointFolder(opened.checkpoints).prepare();
  for (const updates of [3, 5]) {
    const written = await checkpoints.write(
      { runId: 'run-a', updates, envSteps: updates * 2048 },
      async (file) => {
        copyFileSync(checkpointPath('default'), file);
        return { weightsHash: '' };
      },
      { sync: false },
    );
    if (updates === 3) writeFileSync(written.file, 'damaged');
  }
  openDataFolder(path.join(folder, 'empty')).release();
  readdirSync(folder);
});

const argv = (own: Record<string, string>) => [
  ...['replay', 'story', '--json'],
  ...Object.entries({ run: 'run-a', data, seeds: '2', ...own }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]),
];

async function story(own: Record<string, string>) {
  let out = '';
  let err = '';
  const code = await runCli(argv(own), COMMANDS, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, err, json: (out ? JSON.parse(out) : {}) as Record<string, never> };
}

test('one command tells a run’s story, while its server has the database open', async () => {
  const file = path.join(folder, 'story.json');
  const { code, json } = await story({ out: file });
  expect(code).toBe(0);
  const told = JSON.parse(readFileSync(file, 'utf8')) as Story;
  expect(told).toMatchObject({ format: 'planner-doer-story', version: 1 });
  expect(told.seeds).toEqual([EVAL_SEED_BASE, EVAL_SEED_BASE + 1]);
  expect(told.takes).toMatchObject([
    { policy: 'run-a.start', done: 0 },
    { policy: 'run-a.u3', gone: 'This checkpoint is damaged, or no longer kept.' },
    { policy: 'run-a.u5', done: 2 },
  ]);
  expect(told.chapters.map(({ title, replays }) => [title, replays.length])).toEqual([
    ['Before learning', 2],
    ['First success · Now', 2],
  ]);
  for (const { replays } of told.chapters)
    expect(replays.map(({ seed }) => seed)).toEqual(told.seeds);
  expect(told.curve).toEqual([
    [2048, 0.2],
    [6144, 0.6],
    [10_240, 1],
  ]);
  expect(json).toMatchObject({ run: 'run-a', out: file, chapters: [{ done: 0 }, { done: 2 }] });
});

test('the film opens in a decoder, and begins with the first frame of the first chapter', async () => {
  const told = JSON.parse(readFileSync(path.join(folder, 'story.json'), 'utf8')) as Story;
  const file = path.join(folder, 'story.gif');
  const { code, json } = await story({ out: file, cell: '8' });
  expect(code).toBe(0);
  const film = createStoryFilm(told, { cell: 8 });
  const gif = parseGIF(new Uint8Array(readFileSync(file)).buffer);
  const frames = decompressFrames(gif, true);
  expect(json).toMatchObject({ frames: frames.length, width: film.width, height: film.height });
  expect([gif.lsd.width, gif.lsd.height]).toEqual([film.width, film.height]);
  expect(frames.map(({ delay }) => delay)).toEqual(
    frames.map((_, i) => Math.round(film.secondsOf(i) * 100) * 10),
  );
  const [{ canvas }] = film.frames(new Set([0]));
  const shown = frames[0].patch;
  let difference = 0;
  for (const [i, value] of shown.entries()) difference += Math.abs(value - canvas.pixels[i]);
  expect(difference / shown.length).toBeLessThan(1);
  expect(film.chapterOf(0)).toBe(0);
  expect(film.chapterOf(film.count - 1)).toBe(1);
});

test('stopped while it draws, it leaves no file', async () => {
  const before = readdirSync(folder);
  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
  const args = argv({ out: path.join(folder, 'stopped.gif') });
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    const isFirst = !err.includes('drawing');
    err += text;
    if (isFirst && err.includes('drawing')) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(err).toContain('SIGINT: stopping; nothing is written');
  expect(code).toBe(130);
  expect(JSON.parse(out)).toEqual({ out: null, stopped: 'SIGINT' });
  expect(readdirSync(folder)).toEqual(before);
});

test.each([
  ['run', 'run-b', /--run is "run-b"; accepted: the id of a run in .+: run-a \(run-a\)/],
  ['data', path.join(os.tmpdir(), 'nowhere'), /There is no database .+; accepted: the data folder/],
  ['out', 'story.mp4', /--out is "story.mp4"; accepted: a file that ends in .gif or .json/],
  ['out', path.join(os.tmpdir(), 'nowhere', 'all.gif'), /there is no folder/],
  ['cell', '8', /--cell is for a film/],
  ['seeds', '9', /--seeds is "?9"?; accepted: .*1 to 6/],
])('--%s %s is refused before anything is played', async (name, value, message) => {
  const { code, err } = await story({ out: path.join(folder, 'refused.json'), [name]: value });
  expect(err).toMatch(message);
  expect(err).not.toContain('worlds each');
  expect(code).toBe(2);
});
