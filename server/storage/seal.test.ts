import { expect, test } from '@jest/globals';
import { resealed, sealed, unsealed } from './seal.ts';

const VALUE = { rate: 0.0003, words: 'go to “the” ball', list: [1, 2, { deep: null }] };
const text = sealed(VALUE, 'run-a', 7);

test('what was sealed is read as it was, also from before there were seals', () => {
  expect(unsealed(text, 'run-a', 7)).toEqual(VALUE);
  expect(unsealed(JSON.stringify(VALUE), 'run-a', 7)).toEqual(VALUE);
});

test('no changed byte makes it say something else', () => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at++)
    for (const change of [1, 2, 4, 16]) {
      const other = Buffer.from(bytes);
      other.writeUInt8(bytes.readUInt8(at) ^ change, at);
      let read: unknown;
      try {
        read = unsealed(other.toString('utf8'), 'run-a', 7);
      } catch {
        continue;
      }
      // Only where the seal's own name is hit is the text read, as one without a seal.
      expect(read).toMatchObject(VALUE);
    }
});

test('in another place it does not count', () => {
  expect(() => unsealed(text, 'run-b', 7)).toThrow('checksum');
  expect(() => unsealed(text, 'run-a', 8)).toThrow('checksum');
});

test('in a place that it was taken to it counts, unless it was damaged on the way', () => {
  const moved = resealed(text, ['run-a', 7], ['run-b', 7]);
  expect(unsealed(moved ?? '', 'run-b', 7)).toEqual(VALUE);
  expect(resealed(text.replace('0.0003', '0.0004'), ['run-a', 7], ['run-b', 7])).toBe(undefined);
  expect(resealed('{"old":1}', ['run-a', 7], ['run-b', 7])).toBe('{"old":1}');
});
