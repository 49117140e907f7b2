import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS, type PresetId, type TrainSettings } from '../../shared/config.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { updateCost, weigh } from './updateCost.ts';

const MEMORY = 10e9;
const costOf = (patch: Partial<TrainSettings>, preset: PresetId = 'nano', workers = 2) =>
  updateCost(policyConfig(preset, 'hrm'), { ...DEFAULT_SETTINGS, ...patch }, workers);

test('estimates are near what was measured', () => {
  // Settings, size, workers; MB of the process, MB of each engine, milliseconds of one core for each step.
  const measured = [
    [{ environments: 64, klWeight: 0 }, 'nano', 1, 315, 42, 0.7],
    [{ environments: 64, klWeight: 0 }, 'nano', 2, 457, 29, 0.74],
    [{ environments: 256, klWeight: 0 }, 'nano', 1, 383, 105, 0.7],
    [{ environments: 128, rolloutSteps: 16, epochs: 1, klWeight: 0 }, 'small', 1, 482, 125, 1.1],
  ] as const;
  for (const [patch, preset, workers, process, engine, perStep] of measured) {
    const { bytes, engineBytes, seconds, steps } = costOf(patch, preset, workers);
    for (const [estimate, truth] of [
      [bytes / 1e6, process],
      [engineBytes / 1e6, engine],
      [((seconds * workers) / steps) * 1000, perStep],
    ] as const) {
      expect(estimate / truth).toBeGreaterThan(0.5);
      expect(estimate / truth).toBeLessThan(2);
    }
  }
});

test('settings are weighed together, the numbers are told', () => {
  expect(weigh(costOf({}), MEMORY)).toEqual({ warning: undefined });
  // Each of these two is accepted by itself.
  expect(weigh(costOf({ environments: 4096 }), MEMORY)).not.toHaveProperty('refused');
  expect(weigh(costOf({ rolloutSteps: 1024 }), MEMORY)).not.toHaveProperty('refused');
  expect(weigh(costOf({ environments: 4096, rolloutSteps: 1024 }), MEMORY)).toEqual({
    refused: expect.stringMatching(
      /^One update of these settings plays 4,194,304 steps and takes about \d+ min and \d+\.\d GB of memory with 2 workers; accepted: up to 10\.0 GB\. Fewer environments or rollout steps/,
    ),
  });
  expect(weigh(costOf({ rolloutSteps: 1024, epochs: 20 }), MEMORY)).toEqual({
    warning: expect.stringMatching(/65,536 steps and takes about \d+ min and .* can be paused/),
  });
  expect(weigh(costOf({}, 'paper'), 64e9)).toEqual({
    warning: expect.stringMatching(/takes about \d+ min/),
  });
  expect(weigh(costOf({ minibatches: 1, epochs: 1 }, 'paper'), 64e9)).toEqual({
    refused: expect.stringMatching(/each worker’s engine .* accepted: up to 4\.0 GB\. More minib/),
  });
  expect(
    weigh(costOf({ epochs: 20, rolloutSteps: 256, minibatches: 64 }, 'paper', 1), 256e9),
  ).toEqual({
    refused: expect.stringMatching(/takes about \d+ hours, .* accepted: up to 30 min\. Fewer/),
  });
  expect(weigh(costOf({ evalEpisodes: 10_000 }, 'paper'), 64e9)).toEqual({
    refused: expect.stringMatching(/its held-out test \d+ \w+ .* Fewer test episodes/),
  });
});

test('each setting that costs is counted', () => {
  const usual = costOf({ evalEvery: 10 });
  expect(costOf({ epochs: 4 }).seconds).toBeGreaterThan(1.5 * usual.seconds);
  expect(costOf({ environments: 128 }).seconds).toBeCloseTo(2 * usual.seconds);
  expect(costOf({ rolloutSteps: 64 }).seconds).toBeCloseTo(2 * usual.seconds);
  expect(costOf({ minibatches: 2 }).engineBytes).toBeGreaterThan(usual.engineBytes);
  expect(costOf({ klWeight: 0 }).seconds).toBeLessThan(usual.seconds);
  expect(costOf({ evalEvery: 0 }).testSeconds).toBe(0);
  expect(costOf({}, 'small').seconds).toBeGreaterThan(2 * usual.seconds);
  expect(costOf({}, 'nano', 4).seconds).toBeCloseTo(usual.seconds / 2);
  expect(costOf({}, 'nano', 4).bytes).toBeGreaterThan(usual.bytes);
});
