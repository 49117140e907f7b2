import { expect, test } from '@jest/globals';
import { benchEnvWorkers } from './benchEnv.ts';
import { sharesOf } from './benchTrain.ts';

test('worlds are measured on several threads, against one of them', async () => {
  const scaling = await benchEnvWorkers(
    { levelId: 'BabyAI-GoToObj-v0', envs: 2, seconds: 0.12 },
    2,
  );
  expect(scaling.workers).toBe(2);
  for (const value of [scaling.stepsPerSecond, scaling.resetsPerSecond])
    expect(value).toBeGreaterThan(0);
  for (const times of Object.values(scaling.timesOne)) expect(times).toBeGreaterThan(0);
});

test('shares of the workers’ time are of all of them together, the largest first', () => {
  expect(sharesOf([{ worlds: 1, learner: 4 }, null, { worlds: 5 }])).toEqual({
    worlds: 60,
    learner: 40,
  });
  expect(Object.keys(sharesOf([{ worlds: 1, learner: 4 }]))).toEqual(['learner', 'worlds']);
});
