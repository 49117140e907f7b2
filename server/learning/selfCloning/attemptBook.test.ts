import { expect, test } from '@jest/globals';
import { type Attempt, AttemptBook } from './attemptBook.ts';

const LEVEL = 'L';
const seeds = (_index: number, episode: number) => 100 + episode;

/** A book, and a way to play at its seats: each attempt is said by its seat, length and return. */
function table(seats: number) {
  const book = new AttemptBook(seats, { seeds, streamOf: () => 0 });
  const dealt: number[] = [];
  const deal = (seat: number) => book.deal(seat, LEVEL, (seed) => (dealt[seat] = seed));
  const end = (seat: number, length: number, returned: number) => {
    const attempt: Attempt = {
      ...{ levelId: LEVEL, seed: dealt[seat], actions: Array<number>(length).fill(2) },
      ...{ choices: Array<number>(length).fill(-1), return: returned, success: returned > 0 },
    };
    book.end(seat, attempt);
    deal(seat);
  };
  for (let seat = 0; seat < seats; seat++) deal(seat);
  return { book, dealt, deal, end };
}

test('a seed that is solved at once is played once; one that is failed, until it was solved twice', () => {
  const { book, dealt, end } = table(2);
  expect(dealt).toEqual([100, 101]);
  end(0, 5, 0.9);
  expect(dealt).toEqual([102, 101]);
  end(1, 9, 0);
  end(0, 5, 0.9);
  // Both seats play the failed seed again.
  expect(dealt).toEqual([101, 101]);
  expect([book.isAgain(0), book.isAgain(1)]).toEqual([true, true]);
  end(0, 7, 0.5);
  end(1, 4, 0.6);
  expect(dealt[1]).not.toBe(101);
});

test('of a hard seed the best attempt is kept, and an easy one beside it', () => {
  const { book, end } = table(1);
  end(0, 3, 0.95);
  end(0, 9, 0);
  end(0, 7, 0.5);
  end(0, 4, 0.6);
  const kept = book.takeKept();
  expect(kept.map(({ seed, return: value }) => [seed, value])).toEqual([
    [101, 0.6],
    [100, 0.95],
  ]);
  expect(book.takeCounts()).toEqual({ hard: 1, solved: 1, kept: 1 });
  expect(book.takeKept()).toEqual([]);
});

test('a seed is given up after the last attempt, and equal attempts teach nothing', () => {
  const { book, dealt, end } = table(1);
  book.limits = { attempts: 3, patience: 4 };
  for (let k = 0; k < 3; k++) {
    expect(dealt).toEqual([100]);
    end(0, 9, 0);
  }
  expect(dealt).toEqual([101]);
  expect(book.takeCounts()).toEqual({ hard: 1, solved: 0, kept: 0 });
  expect(book.takeKept()).toEqual([]);
});

test('an attempt ends after a few times the length of a success in the same world', () => {
  const { book, end } = table(2);
  end(1, 9, 0);
  // Both go on with seed 101.
  end(0, 5, 0.9);
  end(1, 5, 0.5);
  expect(book.isHopeless(0, 19, 0)).toBe(false);
  expect(book.isHopeless(0, 20, 0)).toBe(true);
  expect(book.isHopeless(0, 20, 0.6)).toBe(false);
});

test('without a success in the same world, of a usual one; but the first attempt goes on, and makes the seed a hard one', () => {
  const { book, dealt, end } = table(2);
  for (let k = 0; k < 10; k++) end(0, 10, 0.9);
  expect(book.isHopeless(1, 400, 0)).toBe(false);
  const { 1: long } = dealt;
  end(0, 10, 0.9);
  expect(dealt).toEqual([long, long]);
  expect(book.isHopeless(0, 39, 0)).toBe(false);
  expect(book.isHopeless(0, 40, 0)).toBe(true);
});

test('a restored book goes on as the recorded one', () => {
  const first = table(3);
  first.end(0, 9, 0);
  first.end(1, 4, 0.7);
  const second = table(3);
  second.book.restore(JSON.parse(JSON.stringify(first.book.record())));
  second.dealt.splice(0, 3, ...first.dealt);
  for (const { end } of [first, second]) {
    end(2, 6, 0.4);
    end(0, 5, 0.5);
    end(1, 9, 0);
  }
  expect(second.dealt).toEqual(first.dealt);
  expect(second.book.record()).toEqual(first.book.record());
});

test('levels that are only rehearsed are played once a seed, and nothing of them is kept', () => {
  const rehearsed = new Set(['A']);
  const book = new AttemptBook(1, { seeds, streamOf: () => 0, rehearsed });
  let dealt = 0;
  const play = (levelId: string, returned: number) => {
    book.deal(0, levelId, (seed) => (dealt = seed));
    const actions = [2, 2];
    const attempt = { levelId, seed: dealt, actions, choices: [-1, -1], return: returned };
    book.end(0, { ...attempt, success: returned > 0 });
    return dealt;
  };
  expect([play('A', 0), play('A', 0.8)]).toEqual([100, 101]);
  play(LEVEL, 0);
  play(LEVEL, 0.5);
  play(LEVEL, 0.5);
  expect(book.takeKept().map(({ levelId }) => levelId)).toEqual([LEVEL]);
  expect(book.takeCounts()).toEqual({ hard: 1, solved: 1, kept: 1 });
});
