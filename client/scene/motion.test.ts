import { describe, expect, test } from '@jest/globals';
import { Action } from '../../shared/constants.ts';
import { expertReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { fitWorld, OUTER_WALL_CUT } from './layout.ts';
import { agentPose, cellChange, ease, momentAt } from './motion.ts';

const episode = simulate(expertReplay('BabyAI-BossLevel-v0', 3), { kind: 'expert' });

describe('the agent’s pose', () => {
  test('is the frame’s at each whole step, and goes there without a jump', () => {
    const { steps } = episode.replay.outcome;
    for (let step = 0; step < steps; step++) {
      const frame = episode.frames[step];
      expect(agentPose(episode, momentAt(step, steps))).toEqual({
        x: frame.agentX,
        y: frame.agentY,
        angle: (frame.direction * Math.PI) / 2,
      });
      const before = agentPose(episode, { frame: step, t: 0.999 });
      const after = agentPose(episode, { frame: step + 1, t: 0 });
      expect(Math.hypot(before.x - after.x, before.y - after.y)).toBeLessThan(0.01);
      expect(Math.cos(before.angle - after.angle)).toBeGreaterThan(0.999);
    }
  });

  test('turns the short way round', () => {
    const { actions } = episode.replay;
    actions.forEach((action, step) => {
      if (action !== Action.left && action !== Action.right) return;
      const start = agentPose(episode, { frame: step, t: 0 }).angle;
      const middle = agentPose(episode, { frame: step, t: 0.5 }).angle;
      expect(Math.sign(middle - start)).toBe(action === Action.right ? 1 : -1);
      expect(Math.abs(middle - start)).toBeLessThan(Math.PI / 2);
    });
  });
});

test('a step’s change is the object picked up or dropped, or the door', () => {
  const kinds = new Set<string>();
  episode.replay.actions.forEach((action, step) => {
    const change = cellChange(episode, step);
    const wanted = { [Action.pickup]: 'pickup', [Action.drop]: 'drop', [Action.toggle]: 'door' }[
      action as 3 | 4 | 5
    ];
    if (change) kinds.add(change.kind);
    expect(change?.kind).toBe(wanted);
  });
  expect(kinds.has('door')).toBe(true);
});

test('easing goes from 0 to 1 without turning back', () => {
  expect(ease(0)).toBe(0);
  expect(ease(1)).toBe(1);
  for (let t = 0; t < 1; t += 0.05) expect(ease(t + 0.05)).toBeGreaterThan(ease(t));
});

test('the world fits, is centred, and its cells lie on device pixels', () => {
  const layout = fitWorld(22, 22, 731, 540, 16, 1.5);
  const inner = (22 - 2 * OUTER_WALL_CUT) * layout.size;
  expect(inner).toBeLessThanOrEqual(540 - 32);
  expect(inner).toBeGreaterThan(540 - 32 - 22);
  expect((layout.size * 1.5) % 1).toBeCloseTo(0, 10);
  expect(layout.originX + 11 * layout.size).toBeCloseTo(731 / 2, 0);
});
