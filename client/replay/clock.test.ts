import { describe, expect, test } from '@jest/globals';
import type { Playback } from '../store/state.ts';
import { advance, END_HOLD_SECONDS, markLoop, STEPS_PER_SECOND, stepBy } from './clock.ts';

const playing = (patch: Partial<Playback> = {}): Playback => ({
  mode: 'playing',
  speed: 1,
  cursor: 0,
  held: 0,
  loop: undefined,
  ...patch,
});

describe('the clock', () => {
  test.each([0.25, 1, 4, 16])('at speed %p goes that many times as fast', (speed) => {
    const { playback } = advance(playing({ speed }), 1000, 0.5);
    expect(playback.cursor).toBeCloseTo(0.5 * STEPS_PER_SECOND * speed, 10);
  });

  test('stands still when paused', () => {
    const paused = playing({ mode: 'paused', cursor: 2.5 });
    expect(advance(paused, 10, 5)).toEqual({ playback: paused, finished: false });
  });

  test('stops at the end, holds it for a while, then is finished', () => {
    const reached = advance(playing({ cursor: 9.9 }), 10, 1);
    expect(reached).toMatchObject({ playback: { cursor: 10, held: 0 }, finished: false });
    const held = advance(reached.playback, 10, END_HOLD_SECONDS * 0.6);
    expect(held.finished).toBe(false);
    expect(advance(held.playback, 10, END_HOLD_SECONDS * 0.6).finished).toBe(true);
  });

  test('never goes back, whatever the browser’s clock says', () => {
    expect(advance(playing(), 10, -0.02).playback.cursor).toBe(0);
    expect(advance(playing({ cursor: 3 }), 10, -1).playback.cursor).toBe(3);
  });

  test('finishes an episode without steps too', () => {
    expect(advance(playing({ held: END_HOLD_SECONDS }), 0, 0.1).finished).toBe(true);
  });
});

test('a looped stretch is played over and over; from beyond it, playing goes on', () => {
  const loop = { from: 2, to: 5 };
  const { playback, finished } = advance(playing({ loop, cursor: 4.5 }), 10, 1 / STEPS_PER_SECOND);
  expect([playback.cursor, finished]).toEqual([2.5, false]);
  expect(advance(playing({ loop, cursor: 0 }), 10, 0.25).playback.cursor).toBe(1);
  expect(advance(playing({ loop, cursor: 6 }), 10, 0.25).playback.cursor).toBe(7);
  const open = { from: 2, to: undefined };
  expect(advance(playing({ loop: open, cursor: 4 }), 10, 0.25).playback.cursor).toBe(5);
  const whole = { from: 0, to: 10 };
  expect(advance(playing({ loop: whole, cursor: 9.5 }), 10, 0.25).playback.cursor).toBe(0.5);
});

test('marks of a loop take in the step on the stage and never turn it round', () => {
  expect(markLoop(undefined, 'from', 3.4, 10)).toEqual({ from: 3, to: undefined });
  expect(markLoop({ from: 3, to: undefined }, 'to', 6.2, 10)).toEqual({ from: 3, to: 7 });
  expect(markLoop({ from: 3, to: 7 }, 'from', 8, 10)).toEqual({ from: 8, to: undefined });
  expect(markLoop({ from: 3, to: 7 }, 'to', 1, 10)).toEqual({ from: 0, to: 2 });
  expect(markLoop(undefined, 'to', 10, 10)).toEqual({ from: 0, to: 10 });
  expect(markLoop(undefined, 'from', 0, 0)).toBeUndefined();
});

test('stepping lands on whole steps within the episode', () => {
  expect(stepBy(3.4, 10, 1)).toBe(4);
  expect(stepBy(3.4, 10, -1)).toBe(3);
  expect(stepBy(3, 10, -1)).toBe(2);
  expect(stepBy(0, 10, -1)).toBe(0);
  expect(stepBy(10, 10, 1)).toBe(10);
});
