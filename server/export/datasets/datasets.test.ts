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
import { afterAll, describe, expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import type { Replay } from '../../../shared/replay.ts';
import { trueReplay } from '../../api/trueReplay.testing.ts';
import { DatasetError, type Episode, EpisodeVerifier, episodeOf } from './episode.ts';
import { exportDataset } from './exportDataset.ts';
import { importDataset } from './importDataset.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'datasets-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string) => path.join(folder, name);

const LEVEL = 'BabyAI-UnlockPickup-v0';
const replays: Record<string, Replay> = {
  one: trueReplay(LEVEL, 5),
  two: trueReplay(LEVEL, 6),
  // The first view still shows what the agent already holds.
  carrying: trueReplay('BabyAI-PutNextS5N2Carrying-v0', 7),
};
const stepsOf = (...names: string[]) =>
  names.reduce((sum, name) => sum + replays[name].outcome.steps, 0);

function write(format: 'parquet' | 'minari', out: string, names: string[], documents = replays) {
  return exportDataset({ format, out: place(out), names, read: (name) => documents[name] });
}

/** Totals of an import, and what was said of each mismatch. */
async function readBack(name: string) {
  const messages: string[] = [];
  const kept: Replay[] = [];
  const totals = await importDataset(name.startsWith('/') ? name : place(name), {
    onMismatch: (message) => messages.push(message),
    onEpisode: (replay) => replay && kept.push(replay),
    wantReplays: true,
  });
  return { totals, messages, kept };
}

test.each([
  ['parquet', 'all.parquet', ['one', 'two', 'carrying']],
  ['minari', 'unlock-v0', ['two', 'one']],
] as const)('%s gives back every step', async (format, out, names) => {
  const expected = { episodes: names.length, steps: stepsOf(...names), mismatches: 0 };
  expect(await write(format, out, [...names])).toEqual(expected);
  const { totals, messages, kept } = await readBack(out);
  expect(messages).toEqual([]);
  expect(totals).toEqual(expected);
  expect(kept.map(({ actions, hashes, seed }) => ({ actions, hashes, seed }))).toEqual(
    names.map((name) => {
      const { actions, hashes, seed } = replays[name];
      return { actions, hashes, seed };
    }),
  );
});

test('a Parquet file has a row for each observation, and no action in the last one', async () => {
  await write('parquet', 'rows.parquet', ['one']);
  const { parquetReadObjects } = await import('hyparquet');
  const bytes = readFileSync(place('rows.parquet'));
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, utf8: false });
  const { steps } = replays.one.outcome;
  expect(rows).toHaveLength(steps + 1);
  expect(rows.slice(0, -1).map(({ action }) => action)).toEqual(replays.one.actions);
  expect(rows[steps]).toMatchObject({ step: steps, action: null, reward: null, terminated: null });
  expect(rows[steps - 1]).toMatchObject({ terminated: true, reward: replays.one.outcome.return });
  const env = createEnv(LEVEL, { seed: 5 });
  expect(Buffer.from(rows[0].image as Uint8Array)).toEqual(Buffer.from(env.observe()));
});

test('what Python Minigrid recorded, as Minari stores it, is confirmed', async () => {
  const collected = fileURLToPath(new URL('collected.hdf5', import.meta.url));
  const { totals, messages } = await readBack(collected);
  expect([totals, messages]).toEqual([{ episodes: 2, steps: 24, mismatches: 0 }, []]);
});

test('a replay that is not as recorded is left out and counted', async () => {
  const { one, two } = replays;
  const hashes = one.hashes.map((hash, i) => (i === 3 ? hash ^ 1 : hash) >>> 0);
  const totals = await write('parquet', 'partly.parquet', ['one', 'two'], {
    one: { ...one, hashes },
    two,
  });
  expect(totals).toEqual({ episodes: 1, steps: two.outcome.steps, mismatches: 1 });
  expect((await readBack('partly.parquet')).totals.episodes).toBe(1);
});

describe('verifying', () => {
  const episode = episodeOf(replays.one, 'one');
  const verify = (changed: Partial<Episode>) =>
    new EpisodeVerifier().verify({ ...episode, ...changed });
  const changed = <T extends Uint8Array | Float64Array>(
    column: T,
    at: number,
    value: number,
  ): T => {
    const copy = column.slice() as T;
    copy[at] = value;
    return copy;
  };
  const last = episode.actions.length - 1;

  test.each<[string, Partial<Episode>, RegExp]>([
    [
      'an image',
      { images: changed(episode.images, 147 * 2 + 5, 9) },
      /byte 5 of observation 2 is 9/,
    ],
    ['a direction', { directions: changed(episode.directions, 1, 9) }, /direction 1 is 9/],
    ['a reward', { rewards: changed(episode.rewards, 0, 0.5) }, /reward of step 0 is 0.5/],
    ['an ending', { terminations: changed(episode.terminations, 1, 1) }, /termination of step 1/],
    ['a missing ending', { terminations: changed(episode.terminations, last, 0) }, /termination/],
    ['a truncation', { truncations: changed(episode.truncations, 0, 1) }, /truncation of step 0/],
    ['the mission', { mission: 'go home' }, /mission is “go home”/],
    ['the seed', { seed: 6n }, /./],
    ['a missing seed', { seed: undefined }, /no seed is given/],
    ['the level', { levelId: 'BabyAI-Nowhere-v0' }, /BabyAI-Nowhere-v0/],
  ])('finds %s', (_, part, message) => {
    expect(verify({})).toBeUndefined();
    expect(verify(part)).toMatch(message);
  });

  test('takes views of the whole world too', () => {
    const env = createEnv(LEVEL, { seed: 5 });
    const { width, height } = env.state;
    const imageBytes = width * height * 3;
    const images = new Uint8Array((last + 2) * imageBytes);
    for (let t = 0; t <= last + 1; t++) {
      images.set(env.gridBytes(), t * imageBytes);
      const { agentX, agentY, agentDir } = env.state;
      images.set([10, 0, agentDir], t * imageBytes + (agentX * height + agentY) * 3);
      if (t <= last) env.step(episode.actions[t]);
    }
    expect(verify({ imageBytes, images })).toBeUndefined();
    expect(verify({ imageBytes, images: changed(images, imageBytes, 7) })).toMatch(/byte 0 of obs/);
  });

  test('an environment that was used before may have drawn the world', () => {
    // SynthS5R2 remembers its locked room from one reset to the next.
    const level = 'BabyAI-SynthS5R2-v0';
    const used = createEnv(level);
    const episodes = Array.from({ length: 40 }, (_, seed): Episode => {
      const { image, direction, mission } = used.reset(seed);
      const none = new Uint8Array(0);
      return {
        ...{ name: `seed ${seed}`, levelId: level, seed, mission, imageBytes: 147, images: image },
        ...{ directions: Uint8Array.of(direction), actions: none, rewards: new Float64Array(0) },
        ...{ terminations: none, truncations: none },
      };
    });
    const inOrder = new EpisodeVerifier();
    expect(episodes.map((one) => inOrder.verify(one))).toEqual(episodes.map(() => undefined));
    const alone = episodes.filter((one) => new EpisodeVerifier().verify(one) !== undefined);
    expect(alone.length).toBeGreaterThan(0);
  });
});

describe('refused in one line', () => {
  test('Minari episodes of several levels', async () => {
    await expect(write('minari', 'mixed', ['one', 'carrying'])).rejects.toThrow(
      /one is of BabyAI-UnlockPickup-v0, carrying of BabyAI-PutNext.*accepted for minari/,
    );
    expect(readdirSync(folder)).not.toContain('mixed');
  });

  test('a name that is taken', async () => {
    writeFileSync(place('taken'), '');
    await expect(write('minari', 'taken', ['one'])).rejects.toThrow(/exists already/);
    await expect(write('parquet', 'taken', ['one'])).rejects.toThrow(/exists already/);
  });

  const parquetTail = (length: number) => {
    const tail = Buffer.from('....PAR1');
    tail.writeUInt32LE(length);
    return Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(40), tail]);
  };
  test.each<[string, string, Buffer, RegExp]>([
    ['an empty file', 'a.parquet', Buffer.alloc(0), /is not a Parquet file/],
    ['a text', 'b.parquet', Buffer.from('episode,step\n'.repeat(9)), /is not a Parquet file/],
    [
      'a long table of contents',
      'c.parquet',
      parquetTail(4e9),
      /has 4000000000 bytes, which cannot/,
    ],
    ['a bad table of contents', 'd.parquet', parquetTail(30), /cannot be read as Parquet/],
    ['no HDF5', 'e.hdf5', Buffer.from('not HDF5 at all'), /cannot be read as HDF5/],
    ['something else', 'f.csv', Buffer.from('a,b'), /is no dataset; accepted: a \.parquet file/],
  ])('%s', async (_, name, content, message) => {
    writeFileSync(place(name), content);
    await expect(readBack(name)).rejects.toThrow(message);
  });

  test('damaged files: never another error, never a wrong “ok”', async () => {
    const { totals } = await write('parquet', 'good.parquet', ['one']).then(() =>
      readBack('good.parquet'),
    );
    copyFileSync(fileURLToPath(new URL('collected.hdf5', import.meta.url)), place('good.hdf5'));
    const counts = { refused: 0, mismatched: 0, fine: 0 };
    for (const name of ['good.parquet', 'good.hdf5']) {
      const good = readFileSync(place(name));
      const expected = name === 'good.hdf5' ? { episodes: 2, steps: 24, mismatches: 0 } : totals;
      for (let i = 0; i < 20; i++) {
        const damaged = Buffer.from(good);
        const at = (i * 7919 + 13) % good.length;
        damaged[at] ^= 1 << (i % 8);
        const file = `damaged${path.extname(name)}`;
        writeFileSync(place(file), i % 10 === 9 ? damaged.subarray(0, at) : damaged);
        try {
          const result = await readBack(file);
          if (result.totals.mismatches > 0) counts.mismatched++;
          else {
            // Whatever was hit was no data: all that was there is there, and true.
            expect(result.totals).toEqual(expected);
            counts.fine++;
          }
        } catch (error) {
          if (!(error instanceof DatasetError)) throw error;
          counts.refused++;
        }
      }
    }
    expect(counts.refused).toBeGreaterThan(5);
    expect(counts.mismatched + counts.fine).toBeGreaterThan(5);
  }, 30_000);
});
