import { expect, test } from '@jest/globals';
import { frameOf, nextChapter, placeOf } from './scrub.ts';

/** The second chapter is gone. */
const LENGTHS = [3, 0, 2];

test('one slider goes over all frames of all chapters, and back', () => {
  const places = [0, 1, 2, 3, 4].map((frame) => placeOf(LENGTHS, frame));
  expect(places).toEqual([
    { chapter: 0, step: 0 },
    { chapter: 0, step: 1 },
    { chapter: 0, step: 2 },
    { chapter: 2, step: 0 },
    { chapter: 2, step: 1 },
  ]);
  expect(places.map((place) => place && frameOf(LENGTHS, place))).toEqual([0, 1, 2, 3, 4]);
});

test('beyond its ends it stays at them', () => {
  expect(placeOf(LENGTHS, -2)).toEqual({ chapter: 0, step: 0 });
  expect(placeOf(LENGTHS, 99)).toEqual({ chapter: 2, step: 1 });
  expect(frameOf(LENGTHS, { chapter: 0, step: 99 })).toBe(2);
  expect(placeOf([0, 0], 0)).toBeUndefined();
});

test('a chapter that is gone is passed over', () => {
  expect(nextChapter(LENGTHS, -1)).toBe(0);
  expect(nextChapter(LENGTHS, 0)).toBe(2);
  expect(nextChapter(LENGTHS, 2)).toBeUndefined();
});
