import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { initialWeights } from '../../policy/parameters.ts';
import { writePolicy } from '../../policy/policyFile.ts';
import { PolicySession } from '../session.ts';
import type { SessionOptions } from '../sessionOptions.ts';
import type { WorkerGroup } from '../workers/group.ts';
import { DivergedError } from './diverged.ts';
import type { LearnerRecord } from './trainedWeights.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'diverged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = policyConfig('nano', 'hrm');

async function freshSession(): Promise<PolicySession> {
  const weights = initialWeights(config, 3);
  const init = path.join(folder, 'fresh.safetensors');
  await writePolicy(init, { config, weights, history: [], seeds: {} });
  const options: SessionOptions = {
    levelId: 'BabyAI-GoToObjS4-v0',
    init,
    policy: 'hrm',
    preset: 'nano',
    seed: 5,
    settings: {
      ...DEFAULT_SETTINGS,
      environments: 4,
      rolloutSteps: 8,
      minibatches: 1,
      epochs: 1,
      evalEvery: 0,
    },
    rewards: DEFAULT_REWARDS,
    engine: 'wasm',
    workers: 1,
    runId: 'diverged',
  };
  return PolicySession.create(options);
}

/** Sets what the workers of a session know, past all checks of files. */
async function restore(session: PolicySession, learner: LearnerRecord): Promise<void> {
  const { group } = session as unknown as { group: WorkerGroup };
  await group.all('restore', () => learner);
}

test('an update whose numbers overflow says so and leaves the weights as they were', async () => {
  const session = await freshSession();
  try {
    // A file with such weights is refused, so they are put where an update would leave them.
    const weights = initialWeights(config, 3);
    for (let i = 0; i < weights.length; i += 2) weights[i] = 3e38;
    const zeros = () => new Float32Array(weights.length);
    await restore(session, { weights, adamM: zeros(), adamV: zeros(), adamSteps: 0 });
    const before = await session.hash();
    const { point } = await session.update();
    expect(Object.values(point.values).every(Number.isFinite)).toBe(false);
    expect(await session.hash()).toEqual(before);
  } finally {
    await session.dispose();
  }
});

test('a policy with a number that is not finite is never saved', async () => {
  const session = await freshSession();
  try {
    const size = session.parameters;
    const learner = {
      weights: new Float32Array(size),
      adamM: new Float32Array(size),
      adamV: new Float32Array(size).fill(Number.POSITIVE_INFINITY, 7, 8),
      adamSteps: 1,
    };
    // No update can be made to end like this on demand.
    await restore(session, learner);
    const file = path.join(folder, 'run.ckpt');
    await expect(session.save(file)).rejects.toThrow(DivergedError);
    expect(existsSync(file)).toBe(false);
  } finally {
    await session.dispose();
  }
});
