import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { settingsFor } from '../../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { initialWeights } from '../../policy/parameters.ts';
import { writePolicy } from '../../policy/policyFile.ts';
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
    ...{ environments: 32, rolloutSteps: 16, evalEvery: 0, lessonSteps: 192, learningRate: 0.004 },
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

const SHAPED = { handled: 0.2 };

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
          ...{ levelId: OPTIONS.levelId, episodes: 50, seedBase: EVAL_SEED_BASE, greedy: false },
        })
      ).success;
    const before = await succeeds();
    const points = [];
    for (let i = 0; i < 16; i++) points.push((await session.update()).point);
    const after = await succeeds();
    expect(after).toBeGreaterThan(0.9);
    expect(after - before).toBeGreaterThan(0.3);
    const lessons = points.filter(({ values }) => values.imitationLoss !== undefined);
    expect(lessons.length).toBeGreaterThan(1);
    expect(lessons.length).toBeLessThan(16);
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
  const config = policyConfig('nano', 'hrm');
  const init = join(folder, 'taught.safetensors');
  const history = [{ mode: 'clone', levels: ['BabyAI-PickupDist-v0'] }];
  await writePolicy(init, { config, weights: initialWeights(config, 3), history, seeds: {} });
  const settings = { ...OPTIONS.settings, environments: 16, lessonSteps: 64, klWeight: 1 };
  const options = {
    ...{ ...OPTIONS, init, workers: 2 },
    settings: { ...settings, keepSkills: 0.25, epochs: 1 },
  };
  const file = join(folder, 'run.safetensors');
  const straight = await withSession(async (session) => {
    const pulls: number[] = [];
    for (let i = 0; i < 6; i++) {
      if (i === 4) await session.save(file);
      pulls.push((await session.update()).point.values.klReference ?? 0);
    }
    // What it was taught before is rehearsed, and the start pulls there.
    expect(Math.max(...pulls)).toBeGreaterThan(0);
    return (await session.hash()).weightsHash;
  }, options);
  expect(await withSession(updated(2), options, file)).toBe(straight);
});

test('where it follows its rewards it learns by PPO while more than the mission is paid, and goes on the same after a restart', async () => {
  const settings = { ...OPTIONS.settings, environments: 8, rolloutSteps: 8, valueWarmup: 2 };
  const init = join(folder, 'taught.safetensors');
  const options = { ...OPTIONS, init, followsRewards: true, settings };
  const file = join(folder, 'follows.safetensors');
  const straight = await withSession(async (session) => {
    const ways: string[] = [];
    const update = async (updates: number) => {
      for (let i = 0; i < updates; i++) {
        const { values } = (await session.update()).point;
        ways.push(values.valueLoss === undefined ? 'tries' : 'reward');
      }
    };
    await update(2);
    session.applyRewards(SHAPED);
    await update(1);
    // In the middle of the warm-up of the critic, which learnt nothing from tries.
    await session.save(file);
    await update(3);
    session.applyRewards({ handled: 0 });
    await update(2);
    const [tries, reward] = [['tries', 'tries'], Array<string>(4).fill('reward')];
    expect(ways).toEqual([...tries, ...reward, ...tries]);
    return (await session.hash()).weightsHash;
  }, options);
  const resumed = { ...options, rewards: { ...DEFAULT_REWARDS, ...SHAPED } };
  const again = await withSession(
    async (session) => {
      for (let i = 0; i < 3; i++) await session.update();
      session.applyRewards({ handled: 0 });
      return updated(2)(session);
    },
    resumed,
    file,
  );
  expect(again).toBe(straight);
});
