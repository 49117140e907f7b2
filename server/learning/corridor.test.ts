import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import { CORRIDOR } from '../../shared/corridor.testing.ts';
import { parseReplay, type Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { createEngine } from '../engine/index.ts';
import { evaluate } from '../play/evaluate.ts';
import { evaluationOf } from '../play/score.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { initialWeights, parameterCount } from '../policy/parameters.ts';
import { task as corridor } from '../tasks/corridor.testing.ts';
import { Learner } from './ppo/learner.ts';
import { Actor } from './rollout/actor.ts';
import { Rollout } from './rollout/rollout.ts';
import { NO_TEACHING } from './rollout/teaching.ts';
import { Collective, createCollectiveMemory } from './workers/collective.ts';

test('another task is learnt from reward by the same learner', async () => {
  const engine = await createEngine({ engine: 'wasm' });
  const config = policyConfig('nano', 'hrm');
  const memory = createCollectiveMemory(1, parameterCount(config) + 64);
  const learner = new Learner(
    engine,
    config,
    initialWeights(config, 1),
    1,
    new Collective(memory, 0),
  );
  const envs = 32;
  const options = {
    levelIds: [CORRIDOR],
    envs,
    seed: 1,
    rank: 0,
    rewards: DEFAULT_REWARDS,
    rewardScale: DEFAULT_SETTINGS.rewardScale,
    recorded: 1,
    readouts: true,
    runId: 'corridor',
  };
  const actor = new Actor(learner.model, options, corridor);
  const rollout = new Rollout(16, envs, config.latents * config.width);
  const success = async () => {
    const asked = { levelId: CORRIDOR, episodes: 40, seedBase: 1e9, greedy: false };
    return evaluationOf([await evaluate(learner.model, learner.weights, asked, corridor)]).success;
  };
  expect(await success()).toBeLessThan(0.7);
  const shown: Replay[] = [];
  for (let update = 0; update < 12; update++) {
    await actor.collect(rollout, learner.weights, NO_TEACHING, undefined, (replay) => {
      shown.push(replay);
    });
    await learner.update(rollout, { ...DEFAULT_SETTINGS, epochs: 2 }, 'ppo', update);
  }
  expect(await success()).toBeGreaterThan(0.9);
  for (const replay of shown) {
    const read = parseReplay(JSON.parse(JSON.stringify(replay)));
    expect(corridor.verify(read)).toEqual({ ok: true, steps: replay.actions.length });
    expect(read.mind?.readouts?.cycles).toHaveLength(replay.actions.length);
  }
  expect(shown.length).toBeGreaterThan(4);
});
