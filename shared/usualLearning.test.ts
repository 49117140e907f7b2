import { expect, test } from '@jest/globals';
import { DEFAULT_REWARDS, REWARD_PRESETS } from './rewards.ts';
import {
  type ChosenLearning,
  learningInWords,
  learningNotice,
  paysMissionOnly,
  usualLearning,
} from './usualLearning.ts';

const TAUGHT = { isScratch: false, hasPlanner: true, isTaught: true };
const SHAPED = { ...DEFAULT_REWARDS, handled: 0.2 };

test.each([
  [TAUGHT, DEFAULT_REWARDS, 'self-cloning', 'missionOnly'],
  [TAUGHT, SHAPED, 'ppo', 'shaped'],
  [{ ...TAUGHT, isTaught: false }, DEFAULT_REWARDS, 'ppo', 'untaught'],
  [{ ...TAUGHT, hasPlanner: false }, DEFAULT_REWARDS, 'ppo', 'noPlanner'],
  [{ ...TAUGHT, isScratch: true }, DEFAULT_REWARDS, 'ppo', 'scratch'],
])('from %j with %j a run learns by %s: %s', (start, rewards, learning, learningReason) => {
  expect(usualLearning(start, rewards)).toEqual({ learning, learningReason });
});

test('a setting that only PPO has is a wish for it', () => {
  const chosen = (settings: object) => usualLearning(TAUGHT, DEFAULT_REWARDS, { ...settings });
  expect(chosen({ learningRate: 0.001, patience: 3 }).learning).toBe('self-cloning');
  const byReward = { learning: 'ppo', learningReason: 'settings' };
  expect(chosen({ learningRate: 0.001, gamma: 1 })).toEqual(byReward);
});

test('only one of the presets pays the mission alone', () => {
  const paying = REWARD_PRESETS.filter(({ weights }) => paysMissionOnly(weights));
  expect(paying.map(({ id }) => id)).toEqual(['sparse']);
  // What pays nothing leaves no try better than another.
  expect(paysMissionOnly({ ...DEFAULT_REWARDS, mission: 0 })).toBe(false);
});

test('people are told where new rewards change how a run learns, or reach it in part', () => {
  const told = (before: ChosenLearning, after: ChosenLearning) =>
    learningNotice({ ...before, rewards: DEFAULT_REWARDS }, { ...after, rewards: SHAPED });
  const cloning = usualLearning(TAUGHT, DEFAULT_REWARDS);
  const byReward: ChosenLearning = { learning: 'ppo', learningReason: 'shapedNow' };
  expect(learningInWords(cloning)).toBe(
    'Learns by self-cloning, because only the mission is paid, and it starts from a policy that was taught many',
  );
  expect(told(cloning, byReward)).toMatch(
    /^Learns by PPO, because more than the mission is paid now, from the next rollout on/,
  );
  const asked: ChosenLearning = { learning: 'self-cloning', learningReason: 'asked' };
  expect(told(asked, asked)).toMatch(
    /as was asked for\. What is paid .* which of its tries is the/,
  );
  const ppo: ChosenLearning = { learning: 'ppo', learningReason: 'asked' };
  expect(told(ppo, ppo)).toBeUndefined();
});
