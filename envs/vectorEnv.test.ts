import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EVAL_SEED_BASE, NUM_ACTIONS, VIEW_BYTES } from '../shared/constants.ts';
import { holds } from '../shared/properties.testing.ts';
import { DEFAULT_REWARDS, REWARD_PRESETS, REWARD_TERM_IDS } from '../shared/rewards.ts';
import { createEnv, evaluationSeeds, listLevels, trainingSeeds, VectorEnv } from './index.ts';

const anyLevels = fc.array(fc.constantFrom(...listLevels().map(({ id }) => id)), {
  minLength: 1,
  maxLength: 4,
});

function actionsOf(seed: number, t: number, size: number): Uint8Array {
  return Uint8Array.from(
    { length: size },
    (_, i) => (Math.imul(seed + t * 131 + i * 17, 0x9e3779b1) >>> 15) % NUM_ACTIONS,
  );
}

test('equals single fresh environments, across automatic resets', () => {
  holds(
    fc.property(anyLevels, fc.nat({ max: 9999 }), (levels, run) => {
      const seeds = trainingSeeds(run);
      const vector = new VectorEnv({ levels, seeds });
      const singles = levels.map((level, i) => createEnv(level, { seed: vector.seeds[i] }));
      const images = singles.map((env) => env.observe());
      for (let t = 0; t < 100; t++) {
        const actions = actionsOf(run, t, levels.length);
        vector.step(actions);
        for (let i = 0; i < levels.length; i++) {
          const result = singles[i].step(actions[i]);
          expect(vector.missionRewards[i]).toBe(result.reward);
          expect(vector.rewards[i]).toBe(Math.fround(result.reward));
          expect(vector.terminated[i]).toBe(Number(result.terminated));
          expect(vector.truncated[i]).toBe(Number(result.truncated));
          expect(vector.success[i]).toBe(Number(result.success));
          let direction = result.observation.direction;
          images[i] = result.observation.image;
          if (result.terminated || result.truncated) {
            const last = vector.finalObservations.subarray(i * VIEW_BYTES, (i + 1) * VIEW_BYTES);
            expect(Buffer.compare(last, result.observation.image)).toBe(0);
            expect(vector.finalDirections[i]).toBe(direction);
            expect(vector.finalStepCounts[i]).toBe(singles[i].state.stepCount);
            expect(vector.finalActions(i).length).toBe(singles[i].state.stepCount);
            expect(vector.finalActions(i).at(-1)).toBe(actions[i]);
            singles[i] = createEnv(levels[i]);
            const first = singles[i].reset(vector.seeds[i]);
            images[i] = first.image;
            direction = first.direction;
          }
          const view = vector.observations.subarray(i * VIEW_BYTES, (i + 1) * VIEW_BYTES);
          expect(Buffer.compare(view, images[i])).toBe(0);
          expect(vector.directions[i]).toBe(direction);
          expect(vector.mission(i)).toBe(singles[i].mission);
          expect(vector.stepCounts[i]).toBe(singles[i].state.stepCount);
        }
      }
    }),
    { runs: 12 },
  );
});

test('seeds depend on run, environment and episode; training and evaluation never meet', () => {
  const train = trainingSeeds(5);
  const seen = new Set<number>();
  for (let env = 0; env < 20; env++)
    for (let episode = 0; episode < 50; episode++) {
      const seed = train(env, episode);
      expect(seed).toBe(trainingSeeds(5)(env, episode));
      expect(seed >= 0 && seed < EVAL_SEED_BASE).toBe(true);
      seen.add(seed);
    }
  expect(seen.size).toBe(1000);
  expect(trainingSeeds(6)(0, 0)).not.toBe(train(0, 0));
  const evaluate = evaluationSeeds(4);
  expect([evaluate(0, 0), evaluate(3, 0), evaluate(0, 1)]).toEqual([
    EVAL_SEED_BASE,
    EVAL_SEED_BASE + 3,
    EVAL_SEED_BASE + 4,
  ]);
  expect(() => evaluationSeeds(4, 12)).toThrow('evaluation seed base is 12');
});

test('a record brings environments and reward terms back in the middle of episodes', () => {
  const options = {
    levels: ['BabyAI-BossLevel-v0', 'BabyAI-PutNextLocal-v0', 'BabyAI-GoToLocal-v0'],
    seeds: trainingSeeds(11),
    rewards: {
      ...DEFAULT_REWARDS,
      exploration: 0.01,
      progress: 0.1,
      wrongObject: 0.2,
      useless: 0.1,
    },
  };
  const played = new VectorEnv(options);
  for (let t = 0; t < 333; t++) played.step(actionsOf(1, t, 3));
  const resumed = new VectorEnv(options);
  resumed.restore(JSON.parse(JSON.stringify(played.record())));
  for (let t = 0; t < 200; t++) {
    const actions = actionsOf(2, t, 3);
    played.step(actions);
    resumed.step(actions);
    expect(Buffer.compare(resumed.observations, played.observations)).toBe(0);
    expect(resumed.rewardTerms).toEqual(played.rewardTerms);
    expect(resumed.seeds).toEqual(played.seeds);
  }
});

test('success is the same whatever the shaping', () => {
  const outcome = (preset: number) => {
    const vector = new VectorEnv({
      levels: Array.from({ length: 8 }, () => 'BabyAI-GoToObjS4-v0'),
      seeds: trainingSeeds(3),
      rewards: REWARD_PRESETS[preset].weights,
    });
    const successes: number[] = [];
    for (let t = 0; t < 200; t++) {
      vector.step(actionsOf(9, t, 8));
      successes.push(...vector.success);
    }
    return successes;
  };
  const plain = outcome(0);
  expect(plain).toContain(1);
  for (let preset = 1; preset < REWARD_PRESETS.length; preset++)
    expect(outcome(preset)).toEqual(plain);
});

test('the ledger adds up to the reward, with weights changed on the way', () => {
  const vector = new VectorEnv({ levels: ['BabyAI-UnlockPickupDist-v0'], seeds: trainingSeeds(2) });
  for (let t = 0; t < 400; t++) {
    if (t % 50 === 0) vector.setRewards(REWARD_PRESETS[(t / 50) % REWARD_PRESETS.length].weights);
    vector.step(actionsOf(4, t, 1));
    const sum = vector.rewardTerms.reduce((total, value) => total + value, 0);
    expect(vector.rewards[0]).toBeCloseTo(sum, 5);
  }
  expect(vector.rewardTerms.length).toBe(REWARD_TERM_IDS.length);
});

test('no environment at all is refused', () => {
  expect(() => new VectorEnv({ levels: [], seeds: trainingSeeds(0) })).toThrow('levels is empty');
});
