import { expect, test } from '@jest/globals';
import { completeMission } from './missions.ts';

const offered = (prefix: string) => completeMission(prefix).map(({ text, full }) => [text, full]);

test('other words are turned into those of the missions', () => {
  expect(offered('get the red key')).toEqual([['pick up', 'pick up the red key']]);
  expect(offered('open a door, then grab')).toEqual([['pick up', 'open a door, then pick up']]);
  expect(offered('walk to a crate')).toEqual([['go to, box', 'go to a box']]);
  expect(offered('find')).toEqual([['go to', 'go to']]);
});

test('what is no mission in any words is left alone, and what is one needs no other words', () => {
  expect(offered('get out of here')).toEqual([]);
  expect(offered('hello')).toEqual([]);
  expect(offered('pick')[0]).toEqual(['pick up', 'pick up']);
});

test('a comma goes on with one word, not with another comma', () => {
  for (const prefix of ['go to a ball', 'go to a ball,', 'go to a ball, '])
    for (const [, full] of offered(prefix)) expect(full).not.toMatch(/,\s*,/);
});
