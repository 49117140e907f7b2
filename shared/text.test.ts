import { expect, test } from '@jest/globals';
import { quoted, shortened } from './text.ts';

test('a text is cut where it is longer than asked, and not before', () => {
  expect(shortened('12345', 5)).toBe('12345');
  expect(shortened('123456', 5)).toBe('1234…');
});

test('what was given is quoted as JSON, with its quotes closed', () => {
  expect(quoted('a "b"')).toBe('"a \\"b\\""');
  expect(quoted('123456', 5)).toBe('"1234…"');
  expect(quoted([1, 2, 3], 5)).toBe('[1,2…');
  expect(quoted(undefined)).toBe('nothing');
  expect(quoted(null)).toBe('null');
});
