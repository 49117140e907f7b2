import { expect, test } from '@jest/globals';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { usualLearning } from '../../shared/usualLearning.ts';
import { policyAskedFor } from './policyAskedFor.ts';

test('a run that starts from a file is said to be what the file holds', async () => {
  const held = {
    ...{ policy: 'hrm', preset: 'nano' },
    start: { isScratch: false, hasPlanner: true, isTaught: false },
  };
  expect(await policyAskedFor({}, 'rooms', 'rooms')).toEqual(held);
  expect(await policyAskedFor({ policy: 'hrm' }, 'rooms', 'rooms')).toEqual(held);
  expect(await policyAskedFor({ policy: 'gru', preset: 'small' }, 'scratch', 'scratch')).toEqual({
    policy: 'gru',
    preset: 'small',
    start: { isScratch: true, hasPlanner: true, isTaught: false },
  });
});

test('of the shipped policies one was taught many missions, and gets better by its own best tries', async () => {
  const starts = ['default', 'rooms'].map(async (name) => {
    const { start } = await policyAskedFor({}, name, name);
    return usualLearning(start, DEFAULT_REWARDS).learning;
  });
  expect(await Promise.all(starts)).toEqual(['self-cloning', 'ppo']);
});

test.each([
  [
    { policy: 'gru' as const },
    'policy',
    /^policy is "gru", but training starts from "rooms", whose policy is "hrm"/,
  ],
  [{ preset: 'paper' as const }, 'preset', /^preset is "paper", but .* or init scratch/],
])('%j cannot take effect where training starts from a file', async (asked, field, message) => {
  await expect(policyAskedFor(asked, 'rooms', 'rooms')).rejects.toMatchObject({
    code: 'bad-request',
    field,
    message: expect.stringMatching(message),
  });
});
