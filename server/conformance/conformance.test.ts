import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runConformance } from './index.ts';

const GOLDEN = join(import.meta.dirname, '../../envs/golden');

describe('recordings of Python Minigrid', () => {
  const seen: string[] = [];
  const report = runConformance(GOLDEN, { onProgress: ({ file }) => seen.push(file) });

  test('are reproduced, every byte', () => {
    expect(report.failures).toEqual([]);
    expect(report.failed).toBe(0);
    expect(report.release).toBe('3.1.0');
  });
  test('cover every level of Minigrid and every kind of file', () => {
    const levels = JSON.parse(readFileSync(join(GOLDEN, 'levels.json'), 'utf8'));
    expect(levels).toHaveLength(96);
    for (const { id } of levels) expect(seen).toContain(`episodes/${id}.jsonl.gz`);
    for (const file of [
      'rng.json',
      'levels.json',
      'continuation.jsonl.gz',
      'verifier.jsonl.gz',
      'bot.jsonl.gz',
    ])
      expect(seen).toContain(file);
    // 7 seeds of the generator, 96 levels, 12 episodes each, and three files of traces.
    expect(report.passed).toBe(7 + 96 + 96 * 12 + 384 + 1939 + 1920);
  });
});

/** The parts of an episode's row that the tests below spoil. */
interface Damageable {
  mission: string;
  obs: string;
  final_grid: string;
  rng: { uinteger: number };
  step: { obs: string[]; reward: number[]; truncated: number[] };
}

describe('a difference', () => {
  const level = 'BabyAI-GoToObjS4-v0';
  const file = `episodes/${level}.jsonl.gz`;
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'conformance-'));
    mkdirSync(join(dir, 'episodes'));
    cpSync(join(GOLDEN, file), join(dir, file));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('of release is told before anything is compared', () => {
    const stated = join(dir, 'release.json');
    for (const [text, said] of [
      ['{"minigrid": "3.2.0"}', 'minigrid is "3.2.0"; accepted: recordings of Minigrid 3.1.0,'],
      ['{}', 'minigrid is missing; accepted'],
      ['null', 'minigrid is missing; accepted'],
      ['3.2.0', 'release.json is not JSON'],
    ]) {
      writeFileSync(stated, text);
      expect(() => runConformance(dir)).toThrow(said);
    }
    rmSync(stated);
    expect(runConformance(dir)).toMatchObject({ release: '3.1.0', failed: 0 });
  });

  const rows = (): Damageable[] =>
    gunzipSync(readFileSync(join(GOLDEN, file)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const writeRows = (data: unknown[]) =>
    writeFileSync(join(dir, file), gzipSync(data.map((row) => JSON.stringify(row)).join('\n')));

  test.each([
    [
      'a byte of an observation',
      /obs is .* Python has/,
      (row: Damageable) => (row.step.obs[3] = 'AA=='),
    ],
    ['the mission', /mission is .* Python has/, (row: Damageable) => (row.mission += '!')],
    ['a reward', /reward is/, (row: Damageable) => (row.step.reward[0] += 1e-12)],
    ['the random stream', /rng is/, (row: Damageable) => (row.rng.uinteger ^= 1)],
    ['an ending', /truncated is/, (row: Damageable) => (row.step.truncated[0] = 1)],
    ['the last grid', /final_grid is/, (row: Damageable) => (row.final_grid = row.obs)],
  ])('in %s fails its row', (_name, what, damage) => {
    const data = rows();
    damage(data[3]);
    writeRows(data);
    const report = runConformance(dir);
    expect(report).toMatchObject({ passed: 11, failed: 1, failures: [{ file, row: 3 }] });
    expect(report.failures[0].what).toMatch(what);
  });

  test('in a level that does not exist here fails its row', () => {
    writeRows([{ ...rows()[0], id: 'BabyAI-Nowhere-v0' }]);
    expect(runConformance(dir).failures[0].what).toMatch(/level is "BabyAI-Nowhere-v0"/);
  });
});

test('a level can be picked, and must exist', () => {
  const report = runConformance(GOLDEN, { levelId: 'BabyAI-OneRoomS20-v0' });
  expect(report).toMatchObject({ failed: 0 });
  expect(report.passed).toBeGreaterThan(40);
  expect(() => runConformance(GOLDEN, { levelId: 'x' })).toThrow('level is "x"');
});

test('what is no golden data is refused', () => {
  expect(() => runConformance(join(GOLDEN, 'nothing'))).toThrow('is not a folder');
  expect(() => runConformance(import.meta.dirname)).toThrow('holds no golden data');
});
