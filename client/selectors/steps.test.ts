import { expect, test } from '@jest/globals';
import { expertReplay, mindedReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { initialState } from '../store/state.ts';
import { currentStep, formatReward, narrate, outcomeOf, rewardCurves, rewardsAt } from './steps.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';

test('rewards are told by term, largest first, and add up to the return', () => {
  const replay = expertReplay(LEVEL, 5);
  const steps = replay.outcome.steps;
  const stepCost = Array.from({ length: steps }, () => -0.01);
  const episode = simulate(
    { ...replay, rewards: { ...replay.rewards, stepCost } },
    { kind: 'expert' },
  );
  expect(rewardsAt(episode, 0).map(({ id }) => id)).toEqual(['stepCost']);
  expect(rewardsAt(episode, steps - 1).map(({ id }) => id)).toEqual(['mission', 'stepCost']);
  expect(rewardCurves(episode).total.at(-1)).toBeCloseTo(replay.outcome.return - 0.01 * steps, 10);
});

test('the story tells step, action and goal, and at the end how it went', () => {
  const replay = mindedReplay(LEVEL, 5, [{ at: 0, subgoal: 0, x: -1, y: -1 }]);
  const episode = simulate(replay, { kind: 'run', runId: 'r' });
  const at = (cursor: number) => {
    const state = initialState();
    return { ...state, episode, playback: { ...state.playback, cursor } };
  };
  const steps = replay.outcome.steps;
  expect(narrate(at(0.4))).toMatch(
    new RegExp(
      `^Step 1 of ${steps}: the agent .*; the Planner wants to explore, 80\u00a0% sure\\.$`,
    ),
  );
  expect(currentStep(at(steps))).toBe(steps - 1);
  expect(narrate(at(steps))).toMatch(
    new RegExp(`^Mission done: ${steps} steps · .*\\. The mission was: ${replay.mission}\\.$`),
  );
  expect(narrate(initialState())).toBe('');
});

test('an outcome is done, timed out or failed', () => {
  const replay = expertReplay(LEVEL, 5);
  const ended = (patch: Partial<typeof replay.outcome>) =>
    outcomeOf(simulate({ ...replay, outcome: { ...replay.outcome, ...patch } }, { kind: 'expert' }))
      .title;
  expect(ended({})).toBe('Mission done');
  expect(ended({ success: false, terminated: false, truncated: true })).toBe('Timed out');
  expect(ended({ success: false, terminated: true, truncated: false })).toBe('Mission failed');
});

test('rewards are written with their sign and as few places as they need', () => {
  expect([0, 0.9731, -0.002, 1, -0.25, 0.0005].map(formatReward)).toEqual([
    '0',
    '+0.97',
    '−0.002',
    '+1.00',
    '−0.25',
    '+0.0005',
  ]);
});
