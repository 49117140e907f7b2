import { expect, test } from '@jest/globals';
import { EVAL_SEED_BASE, MAX_EPISODE_STEPS } from '../../shared/constants.ts';
import { BabyAIEpisode, beginNext, createEnv, thumbnail, trainingSeeds } from '../index.ts';
import { parseLayout, resolveLevel, trySolving } from './index.ts';

const MISSION = 'mission:put the red ball next to the blue box?distractors=2';
const LAYOUT = `layout:mission: go to the green key

## ## ## ## ##
## A> .. gk ##
## .. .. .. ##
## ## ## ## ##
`;

test.each([MISSION, LAYOUT])('%s is taken wherever a level id is', (id) => {
  const env = createEnv(id, { seed: EVAL_SEED_BASE });
  const episode = new BabyAIEpisode(id);
  episode.begin(EVAL_SEED_BASE);
  expect(episode.mission).toBe(env.mission);
  expect(episode.env.stateHash()).toBe(env.stateHash());
  // What is written into replays names the same level again.
  expect(createEnv(env.level.id, { seed: EVAL_SEED_BASE }).stateHash()).toBe(env.stateHash());
  expect(thumbnail(id)).toContain(`<title>${env.mission}</title>`);
});

test('an environment of a mission goes on through many training episodes', () => {
  const seeds = trainingSeeds(3);
  const episode = new BabyAIEpisode(MISSION);
  let count = -1;
  for (let t = 0; t < 3000; t++) {
    if (t === 0 || episode.over) count = beginNext(seeds, 0, count, (seed) => episode.begin(seed));
    episode.step((t * 7 + (t >> 3)) % 7);
    expect(episode.mission).toBe('put the red ball next to the blue box');
  }
  expect(count).toBeGreaterThan(10);
});

test('no level made by hand is larger or longer than a replay can tell', () => {
  const { maxSteps } = resolveLevel(
    'mission:go to a ball and open a door, then put a key next to a box?cols=3&rows=3&roomSize=16',
  );
  expect(maxSteps).toEqual({ rule: 'fixed', value: MAX_EPISODE_STEPS });
  expect(() => resolveLevel('mission:go to a ball?cols=5&roomSize=16')).toThrow(
    '5x1 rooms of size 16 are 76 cells long; accepted: at most 64',
  );
  expect(() => resolveLevel('mission:go to a ball?maxSteps=9000')).toThrow(
    'maxSteps is 9000; accepted: a whole number from 1 to 8192',
  );
  expect(() => parseLayout('mission: go to a ball\nmax steps: 9000')).toThrow(/from 1 to 8192/);
});

test('a mission is tried an episode at a time, and every time what is known so far is told', () => {
  const told = [...trySolving(resolveLevel(MISSION), { episodes: 4 })];
  expect(told.map(({ episodes }) => episodes)).toEqual([1, 2, 3, 4]);
  expect(told.every(({ success, meanLength }) => success === 1 && meanLength > 1)).toBe(true);
});
