import { expect, test } from '@jest/globals';
import { DEFAULT_RECOVERY, Recovery } from './recovery.ts';

const OPTIONS = {
  ...DEFAULT_RECOVERY,
  restarts: 2,
  restartDelay: 1,
  rollbacks: 2,
  rollbackSpan: 10,
};

test('starts again, each time later, until that is in vain; an update in between counts as success', () => {
  const recovery = new Recovery(OPTIONS);
  expect(recovery.remedyFor('ended', 5)).toEqual({ wait: 1, slower: false });
  expect(recovery.remedyFor('error', 5)).toEqual({ wait: 4, slower: false });
  expect(recovery.remedyFor('ended', 5)).toEqual({
    giveUp: expect.stringMatching(/^Twice it was started/),
  });
  recovery.progressed();
  expect(recovery.remedyFor('ended', 6)).toEqual({ wait: 1, slower: false });
});

test('rolls back what diverged, more slowly, until that happens too often', () => {
  const recovery = new Recovery(OPTIONS);
  expect(recovery.remedyFor('diverged', 5)).toEqual({ wait: 0, slower: true });
  recovery.progressed();
  expect(recovery.remedyFor('diverged', 20)).toEqual({ wait: 0, slower: true });
  expect(recovery.remedyFor('diverged', 25)).toEqual({ wait: 0, slower: true });
  expect(recovery.remedyFor('diverged', 30)).toEqual({ giveUp: expect.stringMatching(/^Twice/) });
  recovery.forgive();
  expect(recovery.remedyFor('diverged', 30)).toEqual({ wait: 0, slower: true });
});

test('does not try again what cannot even begin', () => {
  expect(new Recovery(OPTIONS).remedyFor('loading', 0)).toEqual({ giveUp: '' });
});
