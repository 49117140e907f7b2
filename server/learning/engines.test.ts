import { expect, test } from '@jest/globals';
import type { EngineName } from '../../shared/config.ts';
import { settingsFor } from '../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { tfjsNodePackage } from '../engine/tfjsNode.ts';
import { PolicySession } from './session.ts';

/** A software GPU takes its time. */

/** One update from the same weights and worlds, on one engine. */
async function firstUpdate(engine: EngineName) {
  const session = await PolicySession.create({
    levelId: 'BabyAI-GoToObjS4-v0',
    init: 'rooms',
    policy: 'hrm',
    preset: 'nano',
    seed: 5,
    settings: {
      ...settingsFor('rooms'),
      klWeight: 0.1,
      valueWarmup: 0,
      environments: 2,
      rolloutSteps: 4,
      minibatches: 1,
      epochs: 1,
      evalEvery: 0,
    },
    rewards: DEFAULT_REWARDS,
    engine,
    workers: 1,
    runId: 'test',
  });
  try {
    const { point } = await session.update();
    return { engine: session.engine.name, ...point.values };
  } finally {
    await session.dispose();
  }
}

const OTHERS: EngineName[] = ['webgpu', ...(tfjsNodePackage() ? (['tfjs-node'] as const) : [])];

test.each(OTHERS)('%s learns the same from the same rollout as wasm', async (engine) => {
  const wanted = await firstUpdate('wasm');
  const got = await firstUpdate(engine);
  expect(got.engine).toBe(engine);
  expect(wanted.gradNorm).toBeGreaterThan(0);
  for (const name of ['gradNorm', 'valueLoss', 'entropy', 'ponder'] as const) {
    const [value, reference] = [got[name] as number, wanted[name] as number];
    expect([name, Math.abs(value - reference) < 1e-3 * Math.max(1, reference)]).toEqual([
      name,
      true,
    ]);
  }
});
