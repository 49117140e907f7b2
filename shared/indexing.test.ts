import { expect, test } from '@jest/globals';
import { at, pairs } from './indexing.ts';

test('an entry that is there is given, also where it is 0 or empty', () => {
  expect(at([5, 0], 1)).toBe(0);
  expect(at(Uint8Array.of(0), 0)).toBe(0);
  expect(at(['', 'a'], 0)).toBe('');
});

test('an index outside the list is an error that names both', () => {
  expect(() => at([1, 2], 2)).toThrow(new RangeError('no entry 2 in a list of 2'));
  expect(() => at([1], -1)).toThrow(RangeError);
  expect(() => at([1], 0.5)).toThrow(RangeError);
});

test('pairs of neighbours', () => {
  expect(pairs(['a', 'b', 'c'])).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
  expect(pairs(['a'])).toEqual([]);
  expect(pairs([])).toEqual([]);
});
