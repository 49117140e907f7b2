import { expect, test } from '@jest/globals';
import { type MissionError, parseMission } from '../../../envs/language/index.ts';
import { isBegun } from './refusal.ts';

const begun = (sentence: string) => {
  try {
    parseMission(sentence);
  } catch (error) {
    const { word: text, start, end, expected } = error as MissionError;
    return isBegun(sentence, { word: { text, start, end }, expected: [...expected] });
  }
  throw new Error(`“${sentence}” is complete`);
};

test.each(['g', 'go', 'go to the', 'go to the r', 'go to the red ball an', 'go to the red ball,'])(
  'nothing is wrong yet with “%s”',
  (sentence) => expect(begun(sentence)).toBe(true),
);

test.each(['xyz', 'go to the rad', 'go to the rad ball', 'go to the red ball ant'])(
  'a word of “%s” does not fit, whatever follows it',
  (sentence) => expect(begun(sentence)).toBe(false),
);

test('in a layout, only the rest of the line counts', () => {
  const layout = 'mission: go to the r\n#####\n';
  const word = { text: 'r', start: layout.indexOf('r\n'), end: layout.indexOf('\n') };
  expect(isBegun(layout, { word, expected: ['red'] })).toBe(true);
});

test('a refusal that is not of a word is unfinished in no way', () =>
  expect(isBegun('go to the red ball', {})).toBe(false));
