import { beforeAll, expect, test } from '@jest/globals';
import type { PolicyKind } from '../../shared/config.ts';
import { createEngine, type Engine } from '../engine/index.ts';
import { drawnGoal, type GoalOptions, goalProbability } from '../policy/goals/goalHead.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { Policy } from '../policy/model.ts';
import { goalModeOf } from '../policy/nature.ts';
import { initialWeights, uploadWeights } from '../policy/parameters.ts';
import { Random } from '../policy/random.ts';
import { type EvaluateOptions, evaluate } from './evaluate.ts';
import { evaluationOf } from './score.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'wasm' });
});

/** An untrained policy's episodes. */
async function played(some: Partial<EvaluateOptions>, kind: PolicyKind = 'hrm') {
  const config = policyConfig('nano', kind);
  const model = new Policy(engine, config);
  const weights = uploadWeights(engine, config, initialWeights(config, 1));
  const options = { episodes: 8, seedBase: 5, greedy: false, ...some };
  const result = evaluationOf([
    await evaluate(model, weights, { levelId: 'BabyAI-PickupLoc-v0', ...options }),
  ]);
  engine.tf.dispose(Object.values(weights));
  return result;
}

test('with the expert’s goals an exact walker solves what an untrained policy cannot', async () => {
  const both = await played({ planner: 'expert', doer: 'exact', solvable: true });
  expect(both.success).toBe(1);
  expect(both.solvable).toMatchObject({ episodes: 8, success: 1 });
  // What the Planner would have chosen is counted for every new goal of the expert's.
  const counted = Object.values(both.choice!).reduce((sum, { goals }) => sum + goals, 0);
  expect(counted).toBe(Math.round(both.meanReplans * 8));
  expect(both.choice!['pickup token'].goals).toBeGreaterThanOrEqual(8);
  for (const { goals, subgoal, both: hits } of Object.values(both.choice!))
    expect(hits <= subgoal && subgoal <= goals).toBe(true);
});

test('a seed of which there is no world is left out and told, and ends no evaluation', async () => {
  // On the first of these Minigrid would search for a free cell for ever.
  const seeds = [3_500_000_145, 3_500_000_147];
  const level = { levelId: 'BabyAI-SynthS5R2-v0', episodes: 2, seeds };
  const result = await played({ ...level, planner: 'expert', doer: 'exact', solvable: true });
  expect(result).toMatchObject({ episodes: 1, unplayable: 1, solvable: { episodes: 1 } });
});

test('its own goals lead an exact walker nowhere, and no choice is counted', async () => {
  const own = await played({ doer: 'exact' });
  expect(own.success).toBeLessThan(0.5);
  expect(own.choice).toBeUndefined();
});

test.each<Partial<EvaluateOptions>>([
  { planner: 'expert' },
  { doer: 'exact' },
  { goals: 'sampled' },
  { goals: 'likeliest' },
])('a policy without a Planner is refused: %j', async (some) => {
  await expect(played(some, 'flat')).rejects.toThrow(
    /which needs a policy with a Planner; flat has none/,
  );
});

test('goals are drawn where nobody says otherwise, the policy keeps a map, and actions are drawn', () => {
  const nano = policyConfig('nano', 'hrm');
  const rooms = { ...nano, memory: undefined };
  const drawn = { greedy: false };
  expect([nano, rooms].map((config) => goalModeOf(config, drawn))).toEqual([
    'sampled',
    'likeliest',
  ]);
  expect(goalModeOf(nano, { greedy: true })).toBe('likeliest');
  expect(goalModeOf(nano, { greedy: true, goals: 'sampled' })).toBe('sampled');
  expect(goalModeOf(rooms, { ...drawn, goals: 'sampled' })).toBe('sampled');
  expect(goalModeOf(policyConfig('nano', 'flat'), drawn)).toBeUndefined();
});

test('sampled goals follow their probabilities', () => {
  const options: GoalOptions = {
    subgoals: Float32Array.from([0, 1, -1, -9, -9, -9, -9]),
    targets: (subgoal) => Float32Array.from([0, subgoal, 2]),
    targetAt: () => 0,
  };
  const chance = new Random(3);
  const draws = 4000;
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const { subgoal, target } = drawnGoal(options, chance);
    counts.set(`${subgoal} ${target}`, (counts.get(`${subgoal} ${target}`) ?? 0) + 1);
  }
  for (const subgoal of [0, 1, 2]) {
    for (const target of [0, 1, 2]) {
      const share = (counts.get(`${subgoal} ${target}`) ?? 0) / draws;
      expect(Math.abs(share - goalProbability(options, { subgoal, target }))).toBeLessThan(0.03);
    }
  }
});
