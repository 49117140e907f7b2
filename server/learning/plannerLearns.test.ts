import { beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS, type TrainSettings } from '../../shared/config.ts';
import { parseReplay, type Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { createEngine, type Engine } from '../engine/index.ts';
import { evaluate } from '../play/evaluate.ts';
import { evaluationOf } from '../play/score.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { freshPolicy, parameterCount, parameterSpecs } from '../policy/parameters.ts';
import { taskOf } from '../tasks/index.ts';
import { Learner } from './ppo/learner.ts';
import { Actor } from './rollout/actor.ts';
import { Rollout } from './rollout/rollout.ts';
import { NO_TEACHING } from './rollout/teaching.ts';
import { Collective, createCollectiveMemory } from './workers/collective.ts';

/** One small room with a ball that is meant and three things that are not. */
const TINY =
  'layout:mission: go to the red ball\n\n## ## ## ## ##\n## A> .. yb ##\n## .. .. gk ##\n## rb .. bk ##\n## ## ## ## ##\n';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'wasm' });
});

/** Learns for some updates and tells which groups of weights moved, and what became of the goals. */
async function learn(some: Partial<TrainSettings>, updates: number, rewards = DEFAULT_REWARDS) {
  const settings = { ...DEFAULT_SETTINGS, klWeight: 0, learningRate: 0.001, ...some };
  const config = policyConfig('nano', 'hrm');
  const start = freshPolicy(config, 3, true);
  const memory = createCollectiveMemory(1, parameterCount(start.config) + 64);
  const collective = new Collective(memory, 0);
  const learner = new Learner(engine, start.config, start.weights, 3, collective);
  const options = {
    levelIds: [TINY],
    envs: 12,
    seed: 3,
    rank: 0,
    rewards,
    rewardScale: settings.rewardScale,
    recorded: 1,
    runId: 'tiny',
  };
  const actor = new Actor(learner.model, options, taskOf(TINY));
  const rollout = new Rollout(16, options.envs, config.latents * config.width);
  const shown: Replay[] = [];
  const teaching = {
    ...NO_TEACHING,
    draws: settings.plannerWeight > 0,
    hindsight: settings.hindsightWeight > 0,
  };
  for (let update = 0; update < updates; update++) {
    await actor.collect(rollout, learner.weights, teaching, undefined, (replay) => {
      shown.push(replay);
    });
    await learner.update(rollout, settings, 'ppo', update);
  }
  const after = (await learner.record()).weights;
  const moved = new Set<string>();
  for (const { name, group, offset, size } of parameterSpecs(start.config)) {
    const before = start.weights.subarray(offset, offset + size);
    if (after.subarray(offset, offset + size).some((x, i) => x !== before[i]))
      moved.add(['halt', 'goal'].includes(group) ? `${group} head` : group).add(name);
  }
  const asked = { levelId: TINY, episodes: 20, seedBase: 1e9, greedy: false };
  const result = evaluationOf([await evaluate(learner.model, learner.weights, asked)]);
  engine.tf.disposeVariables();
  return { moved, result, shown };
}

test('reward moves the goal head where the Planner learns, and nothing does where it does not', async () => {
  const without = await learn({ plannerWeight: 0 }, 2);
  expect(without.moved).toContain('doer');
  for (const part of ['goal head', 'halt head', 'value.planner.weight'])
    expect(without.moved).not.toContain(part);
  const learns = await learn({ plannerWeight: 1 }, 2);
  for (const part of ['goal head', 'halt head', 'value.planner.weight', 'doer', 'encoder'])
    expect(learns.moved).toContain(part);
});

test('where only the Planner learns, not a bit of Doer, encoder and action head moves', async () => {
  const { moved } = await learn({ plannerWeight: 1, hindsightWeight: 1, plannerOnly: 1 }, 2);
  for (const group of ['planner', 'goal head', 'halt head', 'critic'])
    expect(moved).toContain(group);
  for (const group of ['doer', 'encoder', 'actor']) expect(moved).not.toContain(group);
});

test('goals learnt in hindsight mean something, without any expert', async () => {
  const before = await learn({}, 0);
  const after = await learn({ hindsightWeight: 1, plannerWeight: 0.5 }, 8);
  expect(before.result.lastGoalMeant ?? 0).toBeLessThan(0.6);
  expect(after.result.success).toBeGreaterThan(0.9);
  expect(after.result.lastGoalMeant).toBeGreaterThan(0.9);
  expect(after.result.goalHitRate).toBeGreaterThan(0.7);
});

test('what is paid for goals is in the ledger, and can be verified', async () => {
  const rewards = { ...DEFAULT_REWARDS, goalReached: 0.2, goalGivenUp: 0.05 };
  const { shown } = await learn({ plannerWeight: 1 }, 3, rewards);
  const paid = (term: string) => shown.some(({ rewards: ledger }) => ledger[term] !== undefined);
  expect([paid('goalReached'), paid('goalGivenUp')]).toEqual([true, true]);
  for (const replay of shown) {
    const read = parseReplay(JSON.parse(JSON.stringify(replay)));
    expect(taskOf(TINY).verify(read)).toEqual({ ok: true, steps: replay.actions.length });
    // Without what the agent thought nobody can tell; other goals would have paid otherwise.
    expect(taskOf(TINY).verify({ ...read, mind: undefined }).ok).toBe(true);
  }
  const paying = shown.find(({ rewards: ledger }) => ledger.goalReached !== undefined)!;
  const goalX = paying.mind!.goalX.map(() => -1);
  const forged = { ...paying, mind: { ...paying.mind!, goalX } };
  expect(taskOf(TINY).verify(forged).difference).toMatch(/^rewards\.goal/);
});
