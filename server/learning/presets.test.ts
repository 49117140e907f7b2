import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { parameterCount } from '../policy/parameters.ts';
import { hashOfPolicy, readPolicy } from '../policy/policyFile.ts';
import { PolicySession } from './session.ts';
import type { SessionOptions } from './sessionOptions.ts';

const OPTIONS = {
  levelId: 'BabyAI-GoToObjS4-v0',
  init: 'scratch',
  policy: 'hrm',
  seed: 5,
  settings: {
    ...DEFAULT_SETTINGS,
    ...{
      environments: 2,
      rolloutSteps: 4,
      minibatches: 1,
      epochs: 1,
      valueWarmup: 0,
      evalEvery: 0,
    },
  },
  rewards: DEFAULT_REWARDS,
  engine: 'wasm',
  workers: 1,
  runId: 'test',
} as const satisfies Partial<SessionOptions>;

// 27.3 million weights of the reasoning core as in the paper; the rest reads the world and its mission.
test.each([
  ['small', 1e6, 10e6],
  ['paper', 40e6, 60e6],
] as const)(
  'the preset %s builds, trains a step, saves and is read again on a CPU',
  async (preset, least, most) => {
    const folder = await mkdtemp(join(tmpdir(), 'presets-'));
    const file = join(folder, 'policy.safetensors');
    try {
      const session = await PolicySession.create({ ...OPTIONS, preset });
      const { parameters } = session;
      expect(parameters).toBeGreaterThan(least);
      expect(parameters).toBeLessThan(most);
      const before = await session.hash();
      const { point } = await session.update();
      expect(point.values.gradNorm).toBeGreaterThan(0);
      const saved = await session.export(file);
      await session.dispose();
      expect(saved.weightsHash).not.toBe(before.weightsHash);
      const { config, weights } = await readPolicy(file);
      expect([parameterCount(config), hashOfPolicy(config, weights)]).toEqual([
        parameters,
        saved.weightsHash,
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  180_000,
);
