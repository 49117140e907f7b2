import { expect, test } from '@jest/globals';
import { Bot } from '../../envs/bot/index.ts';
import { createEnv } from '../../envs/index.ts';
import { verifyReplay } from '../../envs/replay.ts';
import { Action } from '../../shared/constants.ts';
import { parseReplay } from '../../shared/replay.ts';
import { playByHand } from './localEpisode.ts';

test('an episode played by hand is a replay that re-simulates, at every step and to its end', () => {
  const levelId = 'BabyAI-PutNextLocal-v0';
  const hand = playByHand(levelId, 7);
  const env = createEnv(levelId, { seed: 7 });
  const bot = new Bot(env);
  while (!hand.over) {
    const decision = bot.next();
    if ('stuck' in decision) throw new Error(decision.stuck);
    hand.act(decision.action);
    env.step(decision.action);
    expect(verifyReplay(parseReplay(hand.replay()))).toMatchObject({ ok: true });
  }
  const done = hand.replay();
  expect(done.outcome).toMatchObject({
    success: true,
    terminated: true,
    steps: env.state.stepCount,
  });
  hand.act(Action.left);
  expect(hand.replay().actions).toEqual(done.actions);
});
