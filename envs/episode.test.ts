import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EVAL_SEED_BASE, NUM_ACTIONS } from '../shared/constants.ts';
import { holds } from '../shared/properties.testing.ts';
import { DEFAULT_REWARDS, REWARD_PRESETS, REWARD_TERM_IDS } from '../shared/rewards.ts';
import {
  BabyAIEpisode,
  beginNext,
  createEnv,
  type EpisodeOptions,
  evaluationSeeds,
  listLevels,
  pooledSeeds,
  trainingSeeds,
} from './index.ts';
import { verifyReplay } from './replay.ts';

const actionOf = (seed: number, t: number) =>
  (Math.imul(seed + t * 131, 0x9e3779b1) >>> 15) % NUM_ACTIONS;

/** Episodes of a level one after the other, `steps` steps in all. */
function playOn(
  level: string,
  run: number,
  steps: number,
  options: EpisodeOptions,
  after: (episode: BabyAIEpisode, action: number, t: number) => void,
) {
  const seeds = trainingSeeds(run);
  const episode = new BabyAIEpisode(level, options);
  let count = -1;
  for (let t = 0; t < steps; t++) {
    if (count < 0 || episode.over)
      count = beginNext(seeds, 0, count, (seed) => episode.begin(seed));
    const action = actionOf(run, t);
    episode.step(action);
    after(episode, action, t);
  }
  return { episode, count };
}

test('equals fresh environments, one episode after another', () => {
  const anyLevel = fc.constantFrom(...listLevels().map(({ id }) => id));
  holds(
    fc.property(anyLevel, fc.nat({ max: 9999 }), (level, run) => {
      let fresh = createEnv(level);
      playOn(level, run, 150, {}, (episode, action) => {
        if (episode.steps === 1) {
          fresh = createEnv(level);
          fresh.reset(episode.seed);
        }
        const result = fresh.step(action);
        expect(episode.env.reward).toBe(result.reward);
        expect(episode.reward).toBe(Math.fround(result.reward));
        expect(episode.terminated).toBe(result.terminated);
        expect(episode.truncated).toBe(result.truncated);
        expect(episode.success).toBe(result.success);
        expect(episode.mission).toBe(fresh.mission);
        expect(episode.pose.direction).toBe(result.observation.direction);
        expect(Buffer.compare(episode.image, result.observation.image)).toBe(0);
        expect(episode.actions.at(-1)).toBe(action);
        expect(episode.actions).toHaveLength(fresh.state.stepCount);
      });
    }),
    { runs: 24 },
  );
});

test('begins with the view of a reset', () => {
  for (const level of ['BabyAI-PutNextS5N2Carrying-v0', 'BabyAI-BossLevel-v0']) {
    const episode = new BabyAIEpisode(level);
    episode.begin(4);
    expect(Buffer.compare(episode.image, createEnv(level).reset(4).image)).toBe(0);
  }
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

test('a pool of seeds is all that its worlds are made from, in an order of its own for each run', () => {
  const pool = [3, 1_000_000, 77];
  const draw = (run: number) => Array.from({ length: 40 }, (_, k) => pooledSeeds(pool, run)(2, k));
  expect(new Set(draw(1))).toEqual(new Set(pool));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(2)).not.toEqual(draw(1));
  expect(() => pooledSeeds([], 1)).toThrow('a pool of 0 seeds');
});

test('level, seed and actions bring reward terms back in the middle of an episode', () => {
  const rewards = {
    ...DEFAULT_REWARDS,
    exploration: 0.01,
    progress: 0.1,
    wrongObject: 0.2,
    useless: 0.1,
  };
  for (const level of ['BabyAI-BossLevel-v0', 'BabyAI-PutNextLocal-v0', 'BabyAI-GoToLocal-v0']) {
    const { episode } = playOn(level, 11, 133, { rewards }, () => undefined);
    const again = new BabyAIEpisode(level, { rewards });
    again.begin(episode.seed);
    for (const action of episode.actions) again.step(action);
    for (let t = 0; t < 100 && !episode.over; t++) {
      episode.step(actionOf(2, t));
      again.step(actionOf(2, t));
      expect(again.rewardTerms).toEqual(episode.rewardTerms);
      expect(Buffer.compare(again.image, episode.image)).toBe(0);
    }
  }
});

test('success is the same whatever the shaping', () => {
  const outcome = (rewards: EpisodeOptions['rewards']) => {
    const successes: number[] = [];
    playOn('BabyAI-GoToObjS4-v0', 3, 1600, { rewards }, ({ success }, _action, t) => {
      if (success) successes.push(t);
    });
    return successes;
  };
  const [plain, ...shaped] = REWARD_PRESETS.map(({ weights }) => outcome(weights));
  expect(plain.length).toBeGreaterThan(3);
  for (const successes of shaped) expect(successes).toEqual(plain);
});

test('the ledger adds up to the reward, with weights changed on the way', () => {
  playOn('BabyAI-UnlockPickupDist-v0', 2, 400, {}, (episode, _action, t) => {
    const sum = episode.rewardTerms.reduce((total, value) => total + value, 0);
    expect(episode.reward).toBeCloseTo(sum, 5);
    if (t % 50 === 0) episode.setRewards(REWARD_PRESETS[(t / 50) % REWARD_PRESETS.length].weights);
  });
  expect(new BabyAIEpisode('BabyAI-GoToObj-v0').rewardTerms.length).toBe(REWARD_TERM_IDS.length);
});

test('a recorded episode is a document that re-simulates, whole or so far', () => {
  const source = { kind: 'person', runId: '', policy: '', envSteps: 0 } as const;
  const rewards = { ...DEFAULT_REWARDS, stepCost: 0.01 };
  const options = { rewards, recording: true };
  playOn('BabyAI-GoToObjS4-v0', 3, 60, options, (episode, _action, t) => {
    if (!episode.over && t % 7 > 0) return;
    const replay = episode.document('id', source);
    expect(verifyReplay(replay)).toEqual({ ok: true, steps: episode.steps });
    expect(replay.hashes).toHaveLength(episode.steps + 1);
    expect(replay.outcome.return).toBeCloseTo(episode.return, 5);
  });
  const unrecorded = new BabyAIEpisode('BabyAI-GoToObjS4-v0');
  unrecorded.begin(1);
  expect(() => unrecorded.document('id', source)).toThrow('the episode was not recorded');
});
