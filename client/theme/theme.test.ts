import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { PAINT } from '../../envs/thumbnail.ts';
import { COLOR_NAMES } from '../../shared/constants.ts';
import { contrast, rgbOf } from './contrast.testing.ts';

const tokens = readFileSync(new URL('../styles/tokens.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = tokens.split('@media (prefers-color-scheme: dark)');
/** A token's colour as red, green and blue from 0 to 255. */
function colour(sheet: string, name: string): number[] {
  const [, hex] = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(sheet) ?? [];
  if (!hex) throw new Error(`${name} has no colour`);
  return rgbOf(hex);
}
/** One colour over another with an opacity. */
const over = (top: number[], ground: number[], alpha: number) =>
  top.map((part, i) => alpha * part + (1 - alpha) * (ground[i] ?? 0));

test.each([
  ['light', light, 0.3],
  ['dark', dark, 0.2],
])('the goal stands out on the %s stage, whatever lies on its cell', (_, sheet, tint) => {
  const [planner, casing, floor] = ['planner', 'casing', 'floor'].map((name) =>
    colour(sheet, name),
  ) as [number[], number[], number[]];
  // The frame has its casing on both sides, so this holds beside every thing and every wall.
  expect(contrast(planner, casing)).toBeGreaterThan(4.5);
  expect(contrast(planner, floor)).toBeGreaterThan(4.5);
  expect(contrast(planner, over(planner, floor, tint))).toBeGreaterThan(3);
  // A thing is told from its frame by its dark edge, also where the colours are alike.
  expect(contrast(colour(sheet, 'outline'), planner)).toBeGreaterThan(2.5);
});

test('things have the same colours in small pictures as on the stage', () => {
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
