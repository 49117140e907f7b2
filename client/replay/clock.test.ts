import { describe, expect, test } from '@jest/globals';
import type { Playback } from '../store/state.ts';
import { advance, END_HOLD_SECONDS, STEPS_PER_SECOND, stepBy } from './clock.ts';

const playing = (patch: Partial<Playback> = {}): Playback => ({
  mode: 'playing',
  speed: 1,
  cursor: 0,
  held: 0,
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

test('stepping lands on whole steps within the episode', () => {
  expect(stepBy(3.4, 10, 1)).toBe(4);
  expect(stepBy(3.4, 10, -1)).toBe(3);
  expect(stepBy(3, 10, -1)).toBe(2);
  expect(stepBy(0, 10, -1)).toBe(0);
  expect(stepBy(10, 10, 1)).toBe(10);
});
