import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../../shared/properties.testing.ts';
import { type Box, overlap, placeLabel } from './placeLabel.ts';

const stage = { width: 600, height: 400 };
const size = { width: 180, height: 24 };
const cell = (x: number, y: number, side = 40): Box => ({
  left: x * side,
  top: y * side,
  width: side,
  height: side,
});
const boxOf = ({ left, top }: { left: number; top: number }): Box => ({ left, top, ...size });

describe('a label', () => {
  test('lies above its target where that is free, without a line', () => {
    const target = cell(7, 5);
    const place = placeLabel({ ...size, target, occupied: [target], stage });
    expect(place.top + size.height).toBeLessThanOrEqual(target.top);
    expect(place.leader).toBeUndefined();
  });

  test('moves off what is in the way, with a line once it is far', () => {
    const target = cell(7, 5);
    const around = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => cell(7 + dx, 5 + dy)));
    const place = placeLabel({ ...size, target, occupied: around, stage });
    for (const box of around) expect(overlap(boxOf(place), box)).toBe(0);
    expect(place.leader).toBeDefined();
    const [, , x, y] = place.leader as [number, number, number, number];
    expect(x).toBeGreaterThanOrEqual(target.left);
    expect(x).toBeLessThanOrEqual(target.left + target.width);
    expect(y).toBeGreaterThanOrEqual(target.top);
    expect(y).toBeLessThanOrEqual(target.top + target.height);
  });

  test('stays where it was while that is as good', () => {
    const target = cell(7, 5);
    const first = placeLabel({ ...size, target, occupied: [target, cell(7, 4)], stage });
    const then = placeLabel({ ...size, target, occupied: [target], stage, former: first });
    expect([then.left, then.top]).toEqual([first.left, first.top]);
  });

  test('is always inside the stage and covers no object where there is room', () => {
    const place = fc.record({
      x: fc.integer({ min: -2, max: 16 }),
      y: fc.integer({ min: -2, max: 11 }),
    });
    holds(
      fc.property(place, fc.array(place, { maxLength: 12 }), (at, others) => {
        const occupied = others.map(({ x, y }) => cell(x, y));
        const label = boxOf(placeLabel({ ...size, target: cell(at.x, at.y), occupied, stage }));
        expect(label.left).toBeGreaterThanOrEqual(0);
        expect(label.top).toBeGreaterThanOrEqual(0);
        expect(label.left + label.width).toBeLessThanOrEqual(stage.width);
        expect(label.top + label.height).toBeLessThanOrEqual(stage.height);
        const covered = occupied.reduce((sum, box) => sum + overlap(label, box), 0);
        // Twelve cells of 40 pixels can crowd a corner, but never cover most of a label everywhere.
        expect(covered).toBeLessThan(size.width * size.height * 0.5);
      }),
      { runs: 300 },
    );
  });
});
