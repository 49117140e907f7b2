import { DEFAULT_SETTINGS } from './config.ts';
import type { RunInfo } from './protocol.ts';
import { DEFAULT_REWARDS } from './rewards.ts';

/** A run for tests: one that learns and has not made a step yet, except for what `own` says. */
export function aRun(own: Partial<RunInfo> = {}): RunInfo {
  return {
    id: 'run-a',
    name: 'a',
    levelId: 'BabyAI-GoToLocal-v0',
    status: 'running',
    createdAt: 0,
    init: 'default',
    learning: 'ppo',
    learningReason: 'asked',
    policy: 'hrm',
    preset: 'nano',
    seed: 0,
    envSteps: 0,
    episodes: 0,
    updates: 0,
    seconds: 0,
    settings: DEFAULT_SETTINGS,
    rewards: DEFAULT_REWARDS,
    ...own,
  };
}
