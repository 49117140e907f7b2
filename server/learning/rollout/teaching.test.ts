import { beforeAll, expect, test } from '@jest/globals';
import type { PolicyKind } from '../../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { createEngine, type Engine } from '../../engine/index.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { Policy } from '../../policy/model.ts';
import { initialWeights, uploadWeights } from '../../policy/parameters.ts';
import { taskOf } from '../../tasks/index.ts';
import { Actor } from './actor.ts';
import { Rollout } from './rollout.ts';
import { CLONING } from './teaching.ts';

const LEVEL = 'BabyAI-GoToLocalS8N4-v0';
let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'wasm' });
});

/** What an untrained policy's first steps are labelled with where every episode that can has a decoy. */
async function labels(kind: PolicyKind, seeds?: readonly number[]) {
  const config = policyConfig('nano', kind);
  const model = new Policy(engine, config);
  const weights = uploadWeights(engine, config, initialWeights(config, 1));
  const actor = new Actor(
    model,
    {
      ...{ levelIds: [LEVEL], envs: 8, seed: 1, rank: 0, rewards: DEFAULT_REWARDS, seeds },
      ...{ rewardScale: 1, recorded: 0, runId: 'test' },
    },
    taskOf(LEVEL),
  );
  const rollout = new Rollout(4, 8, config.latents * config.width);
  await actor.collect(rollout, weights, { ...CLONING, counterfactual: 1 });
  engine.tf.dispose(Object.values(weights));
  return { subgoals: Array.from(rollout.expertSubgoals), seats: actor.record().seats };
}

test('decoys teach a policy with a Planner to obey; one without learns its mission alone', async () => {
  const { subgoals } = await labels('hrm');
  expect(subgoals).toContain(-1);
  const flat = await labels('flat');
  expect(flat.subgoals).not.toContain(-1);
});

test('worlds are made from the given seeds alone', async () => {
  const { seats } = await labels('flat', [7, 11]);
  expect(new Set(seats.map(({ seed }) => seed))).toEqual(new Set([7, 11]));
});
