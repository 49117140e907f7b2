import { expect, test } from '@jest/globals';
import { MAX_OWN_RECORDINGS, type RecordPatch } from '../../shared/intent.ts';
import type { Replay } from '../../shared/replay.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { sampleReplay } from '../storage/sample.testing.ts';
import { changedIntent, IntentKeeper, longestLoop } from './recordIntent.ts';

/** @param made recordings that the run has made before */
function setUp(patch: RecordPatch, made = 0) {
  const store = createMemoryStore();
  const told: string[] = [];
  const keeper = new IntentKeeper(store, {
    recorded: ({ why, seed }) => told.push(`${why} ${seed}`),
    unrecorded: () => told.push('removed'),
  });
  let intent = changedIntent({ made, bytes: 0 }, patch);
  const show = (replay: Replay, isFirstSuccess = false) => {
    intent = keeper.take(replay, isFirstSuccess, intent) ?? intent;
    return intent;
  };
  return { store, told, show };
}

let shown = 0;
function episode(seed: number, success: boolean, own: Partial<Replay> = {}): Replay {
  const replay = sampleReplay(`ep-${shown++}`, seed);
  return { ...replay, outcome: { ...replay.outcome, success, steps: 2 }, ...own };
}
const tested = (seed: number, success: boolean, steps: number): Replay => {
  const replay = episode(seed, success);
  const source = { ...replay.source, kind: 'evaluation' as const };
  return { ...replay, source, outcome: { ...replay.outcome, steps } };
};

test('the next ones, every failure and the first success are kept, and no others', () => {
  const { told, show } = setUp({ next: 2, failures: true, firstSuccess: true });
  for (const [seed, success, isFirst] of [
    [1, true, false],
    [2, false, false],
    [3, true, true],
    [4, true, false],
    [5, false, false],
  ] as const)
    show(episode(seed, success), isFirst);
  expect(told).toEqual(['next 1', 'next 2', 'firstSuccess 3', 'failures 5']);
  expect(show(episode(6, true))).toMatchObject({ next: 0, made: 4 });
});

/** Turns on the spot: four turns lead round, and each state after them was there before. */
const turning = (seed: number, turns: number) =>
  episode(seed, false, { actions: new Array<number>(turns).fill(0) });

test('a loop is a stretch of states that were there before, as in turning on the spot', () => {
  expect(longestLoop(turning(1, 10))).toBe(7);
  expect(longestLoop(turning(1, 3))).toBe(0);
  // Two to the left and back: the way back was there before.
  expect(longestLoop(episode(1, false, { actions: [0, 0, 1, 1] }))).toBe(2);
});

test('a longer loop takes the place of the longest, unless somebody named that one', () => {
  const { store, told, show } = setUp({ longestLoop: true });
  show(turning(1, 5));
  expect(told).toEqual([]);
  const first = show(turning(2, 20));
  expect(first.loop?.size).toBe(17);
  show(turning(3, 12));
  expect(show(turning(4, 30))).toMatchObject({ loop: { size: 27 }, made: 1 });
  expect(told).toEqual(['longestLoop 2', 'longestLoop 4', 'removed']);
  const [kept] = store.listRecordings(9).recordings;
  store.describeRecording(kept.id, { name: 'mine' });
  show(turning(5, 40));
  expect(
    store
      .listRecordings(9)
      .recordings.map(({ seed }) => seed)
      .sort(),
  ).toEqual([4, 5]);
});

test('a regression is a held-out world that was done before, and the easiest of those stays', () => {
  const { store, show } = setUp({ regression: true });
  for (const [seed, steps] of [
    [1, 20],
    [2, 8],
    [3, 30],
  ])
    show(tested(seed, true, steps));
  show(tested(4, false, 60));
  expect(store.listRecordings(9).recordings).toEqual([]);
  expect(show(tested(1, false, 60)).drop?.size).toBe(20);
  show(tested(3, false, 60));
  expect(show(tested(2, false, 60)).drop?.size).toBe(8);
  // Training never plays a world twice: the same seed there says nothing.
  show(episode(1, false));
  expect(store.listRecordings(9).recordings.map(({ seed, why }) => [seed, why])).toEqual([
    [2, 'regression'],
  ]);
});

test('a run records within bounds, whatever it is asked', () => {
  const { store, show } = setUp({ failures: true }, MAX_OWN_RECORDINGS - 2);
  for (let seed = 0; seed < 5; seed++) show(episode(seed, false));
  expect(store.recordingTotals().count).toBe(2);
  const big = setUp({ failures: true });
  for (let seed = 0; seed < 5; seed++)
    big.show(episode(seed, false, { mission: 'x'.repeat(6_000_000) }));
  expect(big.store.recordingTotals().count).toBe(3);
});
