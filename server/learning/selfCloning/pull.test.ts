import { expect, test } from '@jest/globals';
import { settingsFor } from '../../../shared/config.ts';
import { Action } from '../../../shared/constants.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { createEngine } from '../../engine/index.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { freshPolicy, parameterCount } from '../../policy/parameters.ts';
import { taskOf } from '../../tasks/index.ts';
import { Learner } from '../ppo/learner.ts';
import { Actor } from '../rollout/actor.ts';
import { Rollout } from '../rollout/rollout.ts';
import { NO_TEACHING } from '../rollout/teaching.ts';
import { Collective, createCollectiveMemory } from '../workers/collective.ts';

const LEARNT = 'BabyAI-GoToObjS4-v0';
const KEPT = 'BabyAI-PickupDist-v0';

test('what is learnt in one level leaves action, goal and halting of a rehearsed one as they were, where the pull is on', async () => {
  const engine = await createEngine({ engine: 'wasm' });
  const config = policyConfig('nano', 'hrm');
  const { weights } = freshPolicy(config, 3, false);
  /** Learns to go forward and to go on with each goal in one level; returns how far it then is from the start in both. */
  const distances = async (klWeight: number) => {
    const memory = createCollectiveMemory(1, parameterCount(config) + 64);
    const learner = new Learner(engine, config, weights, 3, new Collective(memory, 0));
    learner.setReference(weights);
    const options = {
      ...{ levelIds: [LEARNT, KEPT], rehearsed: [KEPT], envs: 16, seed: 3, rank: 0 },
      ...{ rewards: DEFAULT_REWARDS, rewardScale: 20, recorded: 0, runId: 'pull' },
    };
    const actor = new Actor(learner.model, options, taskOf(LEARNT));
    const rollout = new Rollout(8, options.envs, config.latents * config.width);
    await actor.collect(rollout, learner.weights, { ...NO_TEACHING, draws: true });
    const kept = actor.rehearsedEntries(rollout);
    const learnt = Int32Array.from({ length: rollout.size }, (_, i) => i).filter(
      (i) => !kept.includes(i),
    );
    expect([kept.length, learnt.length]).toEqual([rollout.size / 2, rollout.size / 2]);
    for (let i = 0; i < rollout.size; i++) {
      const isKept = kept.includes(i);
      rollout.expertActions[i] = isKept ? -1 : Action.forward;
      rollout.expertSubgoals[i] = isKept || !rollout.replanned[i] ? -1 : 2;
      rollout.expertTargets[i] = isKept || !rollout.replanned[i] ? -1 : 30;
      rollout.keptGoalRight[i] = isKept || rollout.planner.gates[i] < 0 ? -1 : 1;
    }
    const settings = { ...settingsFor('default', 'self-cloning'), epochs: 25, learningRate: 0.001 };
    await learner.imitate(rollout, learnt, kept, { ...settings, klWeight });
    // A look that moves nothing to speak of.
    const look = { ...settings, epochs: 1, learningRate: 0, klWeight: 1 };
    const stats = await learner.imitate(rollout, learnt, kept, look);
    engine.tf.disposeVariables();
    return { kept: stats.klReference, learnt: stats.cloningLoss + stats.goalLoss };
  };
  const [held, free] = [await distances(3), await distances(0)];
  expect(free.kept).toBeGreaterThan(0.5);
  expect(held.kept).toBeLessThan(0.1 * free.kept);
  // Nor does the pull keep it from learning.
  expect(held.learnt).toBeLessThan(0.3);
  expect(free.learnt).toBeLessThan(0.3);
});
