import { expect, test } from '@jest/globals';
import { fullLevelId } from '../tasks/index.ts';
import { splitLevels } from './levelOption.ts';

test.each([
  ['GoToLocal,BabyAI-GoTo-v0', ['GoToLocal', 'BabyAI-GoTo-v0']],
  [
    'mission:open the red door, then go to the ball,GoToLocal',
    ['mission:open the red door, then go to the ball', 'GoToLocal'],
  ],
  [
    'GoToObj,mission:go to a box, then go to a key?cols=2,mission:open a door',
    ['GoToObj', 'mission:go to a box, then go to a key?cols=2', 'mission:open a door'],
  ],
  [
    'layout:mission: go to a box\nbox at 2,1: red key',
    ['layout:mission: go to a box\nbox at 2,1: red key'],
  ],
  ['GoTo,,PickupLoc', ['GoTo', '', 'PickupLoc']],
])('%j is levels apart by commas', (text, levels) => {
  expect(splitLevels(text)).toEqual(levels);
});

test('a level may be named as the page shows it', () => {
  expect(fullLevelId('GoToLocal')).toBe('BabyAI-GoToLocal-v0');
  expect(fullLevelId('BabyAI-GoToLocal-v0')).toBe('BabyAI-GoToLocal-v0');
  expect(fullLevelId('GoToLocall')).toBe('GoToLocall');
});
