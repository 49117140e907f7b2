import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS, type TrainSettings } from '../../shared/config.ts';
import { METRIC_IDS, type MetricId } from '../../shared/metrics.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { withSession } from './session.testing.ts';
import type { SessionOptions } from './sessionOptions.ts';

/**
 * Units of the measurements, each tested by changing what it must not depend on: one update that learns, the same for
 * all, and then one in which nothing is learnt (step size 0), of the same episodes, with one setting changed.
 */
const CHANGES = {
  rewardScale: { rewardScale: 8 },
  epochs: { epochs: 3 },
  minibatches: { minibatches: 4 },
  weights: { entropyWeight: 0.3, klWeight: 0.7, valueWeight: 2, maxGradNorm: 0.01 },
  clip: { clip: 0.4, targetKl: 1 },
} satisfies Record<string, Partial<TrainSettings>>;
type Change = keyof typeof CHANGES;

/** Those that a metric may depend on; it must not on any other. */
const MAY: Partial<Record<MetricId, readonly Change[]>> = {
  // Of what is minimised, with all its weights; a mean over minibatches, which every pass cuts otherwise.
  gradNorm: ['rewardScale', 'epochs', 'minibatches', 'weights'],
  // The critic has learnt values of the scale before. See session.test.ts: no figure depends on the scale from the start.
  valueLoss: ['rewardScale'],
  explainedVariance: ['rewardScale'],
};
/** By how much it may differ all the same, as a share: sums of single floats in another order. */
const SLACK = 1e-4;
/** Tested elsewhere: of self-cloning, of a clock, and what is measured only while somebody may look. */
const ELSEWHERE: readonly MetricId[] = [
  'faithfulness',
  'hardWorlds',
  'solvedWorlds',
  'keptAttempts',
  'imitationLoss',
  'stepsPerSecond',
];

const SETTINGS: TrainSettings = {
  ...DEFAULT_SETTINGS,
  ...{ environments: 8, rolloutSteps: 64, minibatches: 2, epochs: 1, valueWarmup: 0 },
  ...{ learningRate: 0.002, klWeight: 0.1, goalWeight: 0.1, evalEvery: 2, evalEpisodes: 10 },
};
const OPTIONS: SessionOptions = {
  ...{ levelId: 'BabyAI-GoToObjS4-v0', init: 'scratch', policy: 'hrm', preset: 'nano', seed: 5 },
  ...{ engine: 'wasm', workers: 1, runId: 'units' },
  settings: SETTINGS,
  rewards: { ...DEFAULT_REWARDS, stepCost: 0.05 },
};

let folder: string;
let start: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'units-'));
  start = join(folder, 'start.safetensors');
  await withSession(OPTIONS, (session) => session.save(start));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const measured = (change: Partial<TrainSettings>) =>
  withSession({ ...OPTIONS, init: start }, async (session) => {
    await session.update();
    session.applySettings({ learningRate: 0, coolDown: 0, ...change });
    return (await session.update()).point.values;
  });

let plain: Awaited<ReturnType<typeof measured>>;
beforeAll(async () => {
  plain = await measured({});
});

test('every metric is measured here, or elsewhere', () => {
  const missing = METRIC_IDS.filter((id) => plain[id] === undefined);
  expect([...missing, 'stepsPerSecond'].sort()).toEqual([...ELSEWHERE].sort());
  expect(plain.learningRate).toBe(0);
});

test.each(Object.keys(CHANGES) as Change[])(
  'what does not depend on %s is the same',
  async (name) => {
    const changed = await measured(CHANGES[name]);
    for (const id of METRIC_IDS) {
      if (ELSEWHERE.includes(id) || MAY[id]?.includes(name)) continue;
      const [was = Number.NaN, is = Number.NaN] = [plain[id], changed[id]];
      const isSame = Math.abs(is - was) <= SLACK * Math.max(Math.abs(was), 1e-3);
      expect([id, isSame ? was : is]).toEqual([id, was]);
    }
  },
);
