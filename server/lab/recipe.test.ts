import { expect, test } from '@jest/globals';
import { parseRecipe, RECIPE } from './models.ts';

test('a recipe is read as it was written; what a file of before does not say is as usual', () => {
  expect(parseRecipe({ ...RECIPE, batch: 7 })).toEqual({ ...RECIPE, batch: 7 });
  expect(parseRecipe({ batch: 7 })).toEqual({ ...RECIPE, batch: 7 });
});

test.each([
  [undefined, 'config.recipe'],
  [{ ...RECIPE, batch: '7' }, 'config.recipe.batch'],
  [{ ...RECIPE, supervision: 'never' }, 'config.recipe.supervision'],
])('a recipe that is none is refused by its field: %j', (given, field) => {
  expect(() => parseRecipe(given)).toThrow(expect.objectContaining({ field }));
});
