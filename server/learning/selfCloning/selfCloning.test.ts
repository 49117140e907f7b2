import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { settingsFor } from '../../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { withSession as sessionOf, updated } from '../session.testing.ts';
import type { PolicySession } from '../session.ts';
import type { SessionOptions } from '../sessionOptions.ts';

const OPTIONS: SessionOptions = {
  levelId: 'BabyAI-GoToObjS4-v0',
  init: 'scratch',
  learning: 'self-cloning',
  policy: 'hrm',
  preset: 'nano',
  seed: 5,
  settings: {
    ...settingsFor('scratch', 'self-cloning'),
    ...{ environments: 32, rolloutSteps: 16, evalEvery: 0, lessonSteps: 256, learningRate: 0.002 },
  },
  rewards: DEFAULT_REWARDS,
  engine: 'wasm',
  workers: 1,
  runId: 'test',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'self-cloning-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const withSession = <T>(
  use: (session: PolicySession) => Promise<T>,
  options = OPTIONS,
  resume?: string,
) => sessionOf(options, use, resume);

test('a policy that begins with nothing learns a small level from its own best attempts', async () => {
  await withSession(async (session) => {
    const succeeds = async () =>
      (
        await session.evaluate({
          ...{ levelId: OPTIONS.levelId, episodes: 100, seedBase: EVAL_SEED_BASE, greedy: false },
        })
      ).success;
    const before = await succeeds();
    const points = [];
    for (let i = 0; i < 40; i++) points.push((await session.update()).point);
    const after = await succeeds();
    expect([before, after]).toEqual([before, expect.closeTo(1, 1)]);
    expect(after - before).toBeGreaterThan(0.3);
    const lessons = points.filter(({ values }) => values.imitationLoss !== undefined);
    expect(lessons.length).toBeGreaterThan(2);
    expect(lessons.length).toBeLessThan(40);
    for (const { values } of points) {
      expect(values.solvedWorlds).toBeLessThanOrEqual(values.hardWorlds!);
      // What only PPO has is absent.
      for (const id of ['policyLoss', 'valueLoss', 'clipFraction', 'explainedVariance'] as const)
        expect(values).not.toHaveProperty(id);
      for (const value of Object.values(values)) expect(Number.isFinite(value)).toBe(true);
    }
  });
});

test('the same seed and workers give the same weights, also where the run is interrupted and goes on', async () => {
  const options = { ...OPTIONS, workers: 2 };
  const straight = await withSession(updated(8), options);
  const file = join(folder, 'run.safetensors');
  await withSession(async (session) => {
    await updated(5)(session);
    await session.save(file);
  }, options);
  expect(await withSession(updated(3), options, file)).toBe(straight);
  expect(await withSession(updated(8), { ...options, seed: 6 })).not.toBe(straight);
});
