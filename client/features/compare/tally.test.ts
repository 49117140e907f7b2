import { expect, test } from '@jest/globals';
import type { RunInfo } from '../../../shared/protocol.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { type Game, nextShared, policyOptions, shareText, tallyOf, verdictOf } from './tally.ts';

const done = expertReplay('BabyAI-GoToObj-v0', 1);
const failed = { ...done, outcome: { ...done.outcome, success: false } };
const broken = { failed: 'no' };

test('counts what was played and done, and leaves out what was not', () => {
  const games: Game[] = [done, failed, undefined, broken, done];
  const tally = tallyOf(games);
  expect([tally.played, tally.done, tally.steps]).toEqual([3, 2, done.outcome.steps]);
  expect(shareText(tally)).toBe('67 % (21–94 %)');
  expect(shareText(tallyOf([undefined]))).toBe('');
});

test('the verdict speaks of worlds that both have played only', () => {
  expect(verdictOf([[undefined], [done]])).toBe('');
  expect(
    verdictOf([
      [done, done],
      [done, undefined],
    ]),
  ).toBe('Of the 1 world that both have played, both did the same ones.');
  expect(
    verdictOf([
      [done, done, failed, broken],
      [failed, failed, done, done],
    ]),
  ).toBe('Of the 3 worlds that both have played, only A did 2, only B did 1.');
  expect(
    verdictOf([
      [done, done, done],
      [failed, failed, done],
      [undefined, done, done],
    ]),
  ).toBe('Of the 2 worlds that all have played, A did 2, B did 1, C did 2.');
  expect(verdictOf([[failed], [failed], [failed]])).toContain('all did the same ones');
});

test('goes round the worlds that both have played', () => {
  const a = [done, undefined, done, done];
  const b = [done, done, broken, failed];
  expect([-1, 0, 3].map((index) => nextShared([a, b], index))).toEqual([0, 3, 0]);
  expect(nextShared([[undefined], [done]], 0)).toBe(-1);
  expect(nextShared([a, a, b], 0)).toBe(3);
});

test('a run can be chosen as it is, at its best, and as it began', () => {
  const run = { id: 'run-x', name: 'Mine', policy: 'gru', levelId: 'l' } as RunInfo;
  expect(policyOptions([run]).map(({ id }) => id)).toEqual([
    'run-x',
    'run-x.best',
    'run-x.start',
    'default',
    'expert',
    'random',
  ]);
});
