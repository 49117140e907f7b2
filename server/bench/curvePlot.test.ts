import { expect, test } from '@jest/globals';
import { curvePlot, type LearningCurve, parseCurve } from './curvePlot.ts';

const curve = (success: number, curriculum?: string[]): LearningCurve => ({
  level: 'BabyAI-GoToLocal-v0',
  init: 'scratch',
  ...(curriculum ? { curriculum } : {}),
  curve: [
    [0, 0, 0.25],
    [80_000, 30, success],
  ],
});

test('trainings that differ by their seed alone share a colour and a name', () => {
  const picture = curvePlot([curve(0.6), curve(0.65), curve(1, ['BabyAI-GoToLocalS5N2-v0'])]);
  const colors = [...picture.matchAll(/<polyline[^>]*stroke="(#\w+)"/g)].map(([, color]) => color);
  expect(colors).toHaveLength(3);
  expect(colors[0]).toBe(colors[1]);
  expect(colors[2]).not.toBe(colors[0]);
  expect(picture.match(/>from scratch</g)).toHaveLength(1);
  expect(picture).toContain('>from scratch, curriculum<');
});

test('all success is at the top, the last step at the right, and steps are marked in thousands', () => {
  const picture = curvePlot([curve(1)]);
  const [, points] = /points="([^"]*)"/.exec(picture)!;
  const [start, end] = points.split(' ').map((point) => point.split(',').map(Number));
  expect(start).toEqual([56, 20 + 0.75 * 292]);
  expect(end).toEqual([510, 20]);
  for (const tick of [0, 10, 40, 80]) expect(picture).toContain(`>${tick}</text>`);
});

test.each([
  ['null', /^level is not/],
  [JSON.stringify({ ...curve(1), init: 3 }), /^init is not/],
  [JSON.stringify({ ...curve(1), curriculum: 'all' }), /^curriculum is not/],
  [JSON.stringify({ ...curve(1), curve: [] }), /^curve is not/],
  [JSON.stringify(curve(1.5)), /^curve is not/],
  [JSON.stringify({ ...curve(1), curve: [[0, 1]] }), /^curve is not/],
  ['{"level":"L","init":"scratch","curve":[[1e999,0,0.5]]}', /^curve is not a list/],
  ['{"level":"L","init":"scratch","curve":[[4,0,0.5],[2,1,0.5]]}', /^curve .* \(they go back\)/],
  ['{"level":"L","init":"scratch","curve":[[2,1,0.5],[4,0,0.5]]}', /^curve .* its seconds/],
])('%s is refused with the field that is wrong', (json, message) => {
  expect(() => parseCurve(json)).toThrow(message);
});

test('what was printed is read again', () => {
  expect(parseCurve(JSON.stringify(curve(1, ['BabyAI-GoToObj-v0'])))).toEqual(
    curve(1, ['BabyAI-GoToObj-v0']),
  );
});
