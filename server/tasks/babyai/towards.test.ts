import { expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import { Action } from '../../../shared/constants.ts';
import { actionTowards } from './towards.ts';

test('leads to every reachable object of a room, by a way that never gets longer', () => {
  let reached = 0;
  for (let seed = 0; seed < 40; seed++) {
    const env = createEnv('BabyAI-PickupDist-v0');
    env.reset(seed);
    const { state } = env;
    for (let id = 0; id < state.objectCount; id++) {
      env.reset(seed);
      const [x, y] = [state.objectX[id], state.objectY[id]];
      let action = actionTowards(state, x, y);
      for (let step = 0; step < 40 && action >= 0 && action !== Action.done; step++) {
        env.step(action);
        action = actionTowards(state, x, y);
      }
      if (action < 0) continue;
      expect([state.frontX, state.frontY]).toEqual([x, y]);
      reached++;
    }
  }
  expect(reached).toBeGreaterThan(100);
});
