import { expect, test } from '@jest/globals';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { aRun } from '../../shared/run.testing.ts';
import { completed } from './rebuild.ts';

test('a run from before a reward term existed is paid nothing for it', () => {
  const { handled: _, ...then } = { ...DEFAULT_REWARDS, stepCost: 0.01 };
  const info = { ...aRun(), rewards: then as typeof DEFAULT_REWARDS };
  const { rewards } = completed({ info, wanted: 'idle', engine: 'auto', workers: 1 }).info;
  expect(rewards).toEqual({ ...then, handled: 0 });
});
