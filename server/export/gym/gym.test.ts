import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import { MAX_LEVEL_ID_LENGTH } from '../../../shared/replay.ts';
import { linesOf } from './lines.ts';
import { MAX_ENVS } from './requests.ts';
import { serveWorlds } from './serveWorlds.ts';
import { Worlds } from './worlds.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';
const ask = (worlds: Worlds, request: unknown) => worlds.answer(JSON.stringify(request));
const bytes = (text: unknown) => Buffer.from(text as string, 'base64');

/** A fresh group of environments of one level, reset with these seeds. */
function group(seeds: number[], autoreset = 'disabled', level = LEVEL) {
  const worlds = new Worlds();
  ask(worlds, { op: 'make', levels: seeds.map(() => level), autoreset });
  const first = ask(worlds, { op: 'reset', group: 1, seeds });
  return {
    worlds,
    first,
    step: (actions: number[]) => ask(worlds, { op: 'step', group: 1, actions }),
  };
}

describe('the worlds over JSON lines', () => {
  test('show what an environment shows', () => {
    const { first, step } = group([3, 4]);
    const envs = [3, 4].map((seed) => createEnv(LEVEL, { seed }));
    expect(first.mission).toEqual({ 0: envs[0].mission, 1: envs[1].mission });
    for (const actions of [
      [2, 0],
      [1, 2],
      [5, 3],
    ]) {
      const reply = step(actions);
      const results = envs.map((env, i) => env.step(actions[i]));
      expect(bytes(reply.image)).toEqual(
        Buffer.concat(results.map(({ observation }) => observation.image)),
      );
      expect(reply).toMatchObject({
        ok: true,
        direction: results.map(({ observation }) => observation.direction),
        reward: results.map(({ reward }) => reward),
        terminated: [0, 0],
        success: [0, 0],
      });
    }
  });

  test('can be reset one by one', () => {
    const { worlds, first } = group([3, 4]);
    const again = ask(worlds, { op: 'reset', group: 1, seeds: [4, null], only: [0] });
    expect(again.mission).toEqual({ 0: (first.mission as Record<string, string>)[1] });
    expect(bytes(again.image).subarray(0, 147)).toEqual(bytes(first.image).subarray(147));
    expect(bytes(again.image).subarray(147)).toEqual(bytes(first.image).subarray(147));
  });

  test.each<[string, unknown, RegExp]>([
    ['an unknown request', { op: 'jump' }, /op/],
    [
      'an unknown level',
      { op: 'make', levels: ['BabyAI-X-v0'] },
      /BabyAI-X-v0.*accepted: a level id/,
    ],
    ['a name that no level has', { op: 'make', levels: ['x'.repeat(3000)] }, /^level is "x{79}…"/],
    ['no level', { op: 'make', levels: [] }, /levels/],
    ['too many levels', { op: 'make', levels: Array(MAX_ENVS + 1).fill(LEVEL) }, /levels/],
    ['a long name', { op: 'make', levels: ['x'.repeat(MAX_LEVEL_ID_LENGTH + 1)] }, /levels\.0/],
    ['a group that is not', { op: 'reset', group: 9 }, /group is 9; accepted: one that make has/],
    [
      'too many seeds',
      { op: 'reset', group: 1, seeds: [1, 2] },
      /seeds has 2 entries; accepted: 1/,
    ],
    ['a negative seed', { op: 'reset', group: 1, seeds: [-1] }, /seeds\.0 is -1/],
    [
      'an unknown action',
      { op: 'step', group: 1, actions: [7] },
      /actions\.0 is 7; accepted: 0 to 6/,
    ],
    ['a text for an action', { op: 'step', group: 1, actions: ['2'] }, /actions\.0 is "2"/],
    ['no list of actions', { op: 'step', group: 1, actions: 2 }, /actions has undefined entries/],
    ['no actions', { op: 'step', group: 1 }, /actions/],
    [
      'an environment that is not',
      { op: 'render', group: 1, index: 4 },
      /index is 4; accepted: 0 to/,
    ],
    ['a list', [], /./],
    ['nothing', null, /./],
  ])('refuse %s and live on', (_, request, message) => {
    const { worlds, step } = group([3]);
    const reply = ask(worlds, request);
    expect(reply.ok).toBe(false);
    expect(reply.error).toMatch(message);
    expect(step([2]).ok).toBe(true);
  });

  test('hold so many environments and no more, until some are closed', () => {
    const worlds = new Worlds();
    const one = { op: 'make', levels: [LEVEL] };
    expect(ask(worlds, { op: 'make', levels: Array(MAX_ENVS).fill(LEVEL) }).ok).toBe(true);
    expect(ask(worlds, one).error).toMatch(/levels has 1 entries beside 4096 open environments/);
    expect(ask(worlds, { op: 'close', group: 1 }).ok).toBe(true);
    expect(ask(worlds, one)).toMatchObject({ ok: true, group: 2 });
  }, 30_000);

  test('answer each line, and a line that is too long as well', async () => {
    async function* chunks() {
      yield Buffer.from('{"op":"hel');
      yield Buffer.from('lo","id":5}\n\nnot json\n');
      yield Buffer.alloc(17_000_000, 'x');
      yield Buffer.from('\n{"op":"hello","id":"last"}');
    }
    const written: string[] = [];
    expect(await serveWorlds(chunks(), (line) => void written.push(line))).toBe(4);
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { ok: true, id: 5, protocol: 1 },
      { ok: false, error: expect.stringMatching(/not JSON/) },
      { ok: false, error: expect.stringMatching(/too long/) },
      { ok: true, id: 'last' },
    ]);
  });
});

test('lines come out whole, however they are cut', async () => {
  const text = 'one\ntwo ä\n\nthree';
  const all = Buffer.from(text);
  for (let size = 1; size <= all.length; size++) {
    async function* cut() {
      for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
    }
    const lines: unknown[] = [];
    for await (const line of linesOf(cut(), 100)) lines.push(line);
    expect(lines).toEqual(text.split('\n').map((line) => ({ text: line })));
  }
});

/** The Python client runs wherever python3 and numpy are (Debian: python3-numpy). */
const hasPython = spawnSync('python3', ['-c', 'import numpy']).status === 0;
const withPython = hasPython ? test : test.skip;
const here = path.dirname(fileURLToPath(import.meta.url));
const golden = (level: string) =>
  path.join(here, `../../../envs/golden/episodes/${level}.jsonl.gz`);

withPython(
  'the Python client gives the bytes of Python Minigrid and keeps to the rules of Gymnasium',
  () => {
    const words = [
      ...['golden', golden('BabyAI-BossLevel-v0'), golden('BabyAI-PutNextS5N2Carrying-v0')],
      ...['--rows', '3', '--'],
      ...['vector', golden('BabyAI-GoToLocal-v0'), golden('BabyAI-UnlockPickup-v0'), '--'],
      ...['contract', LEVEL, 'BabyAI-SynthS5R2-v0'],
    ];
    const { stdout, stderr } = spawnSync('python3', [path.join(here, 'conformance.py'), ...words], {
      encoding: 'utf8',
      timeout: 100_000,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    if (!stdout) throw new Error(stderr);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      golden: { episodes: 6 },
      vector: { episodes: 24, modes: 2 },
      contract: { levels: 2, refusals: Array(4).fill(expect.any(String)) },
    });
  },
  120_000,
);
