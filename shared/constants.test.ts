import { expect, test } from '@jest/globals';
import { ACTION_NAMES, Action, COLOR_DRAW_ORDER, COLOR_NAMES } from './constants.ts';

test('colours are drawn alphabetically and encoded in another order, over the same six names', () => {
  expect([...COLOR_DRAW_ORDER]).toEqual([...COLOR_NAMES].sort());
});

test('action names and indices agree', () => {
  for (const [index, name] of ACTION_NAMES.entries()) expect(Action[name]).toBe(index);
});
