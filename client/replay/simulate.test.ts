import { describe, expect, test } from '@jest/globals';
import { createEnv } from '../../envs/index.ts';
import { ObjectType } from '../../shared/constants.ts';
import { parseReplay } from '../../shared/replay.ts';
import { expertReplay } from './expert.testing.ts';
import { simulate } from './simulate.ts';

const LEVELS = ['BabyAI-GoToLocal-v0', 'BabyAI-PutNextLocal-v0', 'BabyAI-BossLevel-v0'];

describe.each(LEVELS)('%s', (levelId) => {
  const replay = expertReplay(levelId, 11);

  test('is re-simulated to the recorded hashes, frame by frame', () => {
    const view = simulate(replay, { kind: 'expert' });
    expect(view.mismatch).toBe(-1);
    expect(view.finalHash).toBe(replay.hashes.at(-1));
    expect(view.frames).toHaveLength(replay.outcome.steps + 1);
    const env = createEnv(levelId, { seed: 11 });
    view.frames.forEach((frame, step) => {
      if (step > 0) env.advance(replay.actions[step - 1]);
      expect([frame.agentX, frame.agentY, frame.direction]).toEqual([
        env.state.agentX,
        env.state.agentY,
        env.state.agentDir,
      ]);
      expect(Buffer.from(frame.grid).equals(Buffer.from(env.gridBytes()))).toBe(true);
    });
  });

  test('shows as visible exactly what the observation shows', () => {
    const view = simulate(replay, { kind: 'expert' });
    const env = createEnv(levelId, { seed: 11 });
    view.frames.forEach((frame, step) => {
      if (step > 0) env.advance(replay.actions[step - 1]);
      const image = env.observe();
      let inView = 0;
      for (let cell = 0; cell < 49; cell++) if (image[cell * 3] !== ObjectType.unseen) inView++;
      const inWorld = frame.visible.reduce((sum, seen) => sum + seen, 0);
      // Lit view cells outside the world are walls to the agent and no cells to us.
      expect(inWorld).toBeLessThanOrEqual(inView);
      expect(inWorld).toBeGreaterThan(0);
      frame.visible.forEach((seen, at) => {
        expect(frame.seen[at]).toBeGreaterThanOrEqual(seen);
      });
    });
  });

  test('is a document that the format accepts', () => {
    expect(parseReplay(JSON.parse(JSON.stringify(replay)))).toEqual(replay);
  });
});

test('a changed action is noticed at the frame after it', () => {
  const replay = expertReplay('BabyAI-GoToLocal-v0', 11);
  const actions = [...replay.actions];
  actions[1] = actions[1] === 0 ? 1 : 0;
  expect(simulate({ ...replay, actions }, { kind: 'expert' }).mismatch).toBe(2);
});
