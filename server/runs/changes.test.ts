import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { difference, resumePlan } from './changes.ts';

const rate = (envSteps: number, from: number, to: number): SettingsChange => ({
  envSteps,
  seconds: 0,
  at: 0,
  kind: 'settings',
  changes: [{ id: 'learningRate', from, to }],
});
const values = (learningRate: number, bump = 0) => ({
  settings: { ...DEFAULT_SETTINGS, learningRate },
  rewards: { ...DEFAULT_REWARDS, bump },
});
const LOG = [rate(100, 0.001, 0.002), rate(200, 0.002, 0.003), rate(300, 0.003, 0.004)];

test('a checkpoint’s own settings, then the log from its steps on', () => {
  const plan = resumePlan(values(0.004), LOG, { envSteps: 200, ...values(0.002) });
  expect(plan.settings.learningRate).toBe(0.002);
  expect(plan.replay).toEqual(LOG.slice(1));
  expect(plan.open).toEqual([]);
});

test('what was asked for but never took effect stays open, after the log', () => {
  const plan = resumePlan(values(0.009, 0.05), LOG, { envSteps: 300, ...values(0.003) });
  expect(plan.settings.learningRate).toBe(0.003);
  expect(plan.replay).toEqual(LOG.slice(2));
  expect(plan.open).toEqual([
    { kind: 'settings', changes: [{ id: 'learningRate', from: 0.004, to: 0.009 }] },
    { kind: 'rewards', changes: [{ id: 'bump', from: DEFAULT_REWARDS.bump, to: 0.05 }] },
  ]);
});

test('without a checkpoint, or with one that does not say, the log is undone', () => {
  expect(resumePlan(values(0.004), LOG)).toMatchObject({ replay: LOG, open: [] });
  expect(resumePlan(values(0.004), LOG).settings.learningRate).toBe(0.001);
  const old = resumePlan(values(0.004), LOG, { envSteps: 200 });
  expect([old.settings.learningRate, old.open]).toEqual([0.002, []]);
});

test('a setting that the checkpoint does not know yet has its present value', () => {
  const { gamma, ...earlier } = values(0.001).settings;
  const plan = resumePlan(values(0.001), [], { envSteps: 5, settings: earlier as never });
  expect([plan.settings.gamma, plan.open]).toEqual([gamma, []]);
});

test('a difference names only what differs', () => {
  expect(difference('settings', { gamma: 0.9, clip: 0.2 }, { gamma: 0.9, clip: 0.1 })).toEqual({
    kind: 'settings',
    changes: [{ id: 'clip', from: 0.2, to: 0.1 }],
  });
  expect(difference('rewards', { bump: 0 }, { bump: 0 })).toBeUndefined();
});
