import { expect, test } from '@jest/globals';
import { parsePayload } from './requests.ts';

test.each([
  [{ runId: 'r', name: '\u200b\u2060' }, /at least one character that can be seen/],
  [{ runId: 'r', name: 'a\u202eb' }, /no control characters/],
  [{ runId: 'r', note: 'a\u0000' }, /no control characters/],
  [{ runId: 'r', name: 'x'.repeat(81) }, /accepted: at most 80 characters$/],
  [{ runId: 'r', name: '' }, /accepted: at least 1 characters?$/],
  [{ runId: 'r', name: 3 }, /^name is 3; accepted: a text$/],
  [{ runId: 'r', tags: 'a' }, /^tags is "a"; accepted: a list$/],
  [{ name: 'a' }, /^runId is missing; accepted: a text$/],
])('%j is refused in words', (payload, message) => {
  expect(() => parsePayload('run:describe', payload)).toThrow(message);
});

test('names of any script and notes of several lines are taken', () => {
  for (const name of ['Tür', '門', '👩‍👩‍👧', 'e\u0301'])
    expect(parsePayload('run:describe', { runId: 'r', name, note: 'a\n\tb' })).toMatchObject({
      name,
    });
});
