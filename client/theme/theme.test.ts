import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { PAINT } from '../../envs/thumbnail.ts';
import { COLOR_NAMES } from '../../shared/constants.ts';

test('things have the same colours in small pictures as on the stage', () => {
  const tokens = readFileSync(new URL('../styles/tokens.css', import.meta.url), 'utf8');
  const onStage = COLOR_NAMES.map((name) => [
    name,
    [...tokens.matchAll(new RegExp(`--object-${name}: (#[0-9a-f]{6});`, 'g'))].map(
      (match) => match[1],
    ),
  ]);
  expect(Object.fromEntries(onStage)).toEqual(
    Object.fromEntries(COLOR_NAMES.map((name) => [name, [PAINT[name]]])),
  );
});
