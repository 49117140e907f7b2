import { expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import { clausesOf, parseMission } from '../../../envs/language/index.ts';
import { parameterCount } from '../../policy/parameters.ts';
import { configOf, multiplications } from './arms.ts';
import type { HierarchyRun } from './hierarchy.ts';
import { hierarchyRuns } from './hierarchy.ts';
import { compare, hierarchyText } from './hierarchyText.ts';
import { missionSeeds } from './missionSeeds.ts';

const LEVEL = 'BabyAI-MiniBossLevel-v0';

test('finds every seed whose mission has the right number of clauses, in order', () => {
  const env = createEnv(LEVEL);
  const clauses = (seed: number) => {
    env.reset(seed);
    return clausesOf(parseMission(env.mission)).length;
  };
  const long = missionSeeds(LEVEL, { least: 3, most: 4 }, 5, 70);
  expect(long).toHaveLength(5);
  for (let seed = 70; seed <= long[4]; seed++) expect(clauses(seed) > 2).toBe(long.includes(seed));
  expect(() => missionSeeds('BabyAI-GoToObjS4-v0', { least: 2, most: 2 }, 1, 0)).toThrow(
    '0 of 1001 seeds from 0 up have a mission of 2 to 2 clauses',
  );
});

test('arms have equal weights, and multiplications within a fifth where they are to', () => {
  const weights = (arm: 'hrm' | 'flat') => parameterCount(configOf(arm, 'nano'));
  expect(Math.abs(weights('flat') / weights('hrm') - 1)).toBeLessThan(0.001);
  const step = (arm: 'hrm' | 'flat' | 'flat-deep') =>
    multiplications(configOf(arm, 'nano'), arm === 'hrm' ? 0.35 : 0);
  expect(Math.abs(step('flat') / step('hrm') - 1)).toBeLessThan(0.2);
  expect(step('flat-deep') / step('hrm')).toBeGreaterThan(1.3);
});

const run = (arm: HierarchyRun['arm'], seed: number, success: number, longer: number) =>
  ({
    ...{ level: LEVEL, demonstrations: 1000, arm, seed, success, longer, parameters: 722_000 },
    ...{ ponder: arm === 'hrm' ? 1.35 : 1, seconds: 60 },
  }) as HierarchyRun;

test('HRM is compared with the best other arm; a lead counts only beyond margin and chance', () => {
  const runs = [
    ...[run('hrm', 1, 0.6, 0.3), run('hrm', 2, 0.62, 0.5)],
    ...[run('flat', 1, 0.1, 0.3), run('flat', 2, 0.1, 0.3)],
    ...[run('flat-goals', 1, 0.5, 0.2), run('flat-goals', 2, 0.52, 0.2)],
    // One seed is no mean.
    run('flat-deep', 1, 0.9, 0.9),
  ];
  const [trained, longer] = compare(runs);
  expect(trained).toMatchObject({ best: 'flat-goals', verdict: 'hierarchy wins' });
  expect(trained.difference).toBeCloseTo(10);
  // Means of two differ by a hundredth either way: standard error √2/100, times t of two degrees of freedom.
  expect(trained.ci95[0]).toBeCloseTo(10 - 4.303 * Math.SQRT2);
  expect(longer).toMatchObject({ best: 'flat', verdict: 'open' });
  expect(longer.difference).toBeCloseTo(10);
  const swapped = runs.map((one) => ({ ...one, success: 1 - one.success }));
  expect(compare(swapped)[0].verdict).toBe('hierarchy loses');
  expect(hierarchyText(runs, 'nano').split('\n')).toContain(
    '| MiniBossLevel | 1,000 | hrm | 722,000 | 1.45 | 60.0 · 62.0 | 61.0 | 30.0 · 50.0 | 40.0 | 60 |',
  );
});

test('an arm learns from its few worlds, and finished runs are not made again', async () => {
  const finished = run('hrm', 5, 0.5, 0.5);
  const told: number[] = [];
  const all = await hierarchyRuns({
    ...{ levels: [LEVEL], arms: ['hrm', 'flat-goals'], demonstrations: [1000], seeds: [5] },
    ...{ clauses: 2, steps: 1, episodes: 2, seedBase: 4e9, preset: 'nano' },
    ...{ engine: 'wasm', workers: 1, before: [finished] },
    settings: { environments: 4, rolloutSteps: 4, minibatches: 1 },
    onRun: (runs) => void told.push(runs.length),
  });
  expect(told).toEqual([2]);
  expect(all[0]).toBe(finished);
  expect(all[1]).toMatchObject({ arm: 'flat-goals', seed: 5, ponder: 1 });
}, 120_000);
