import { expect, test } from '@jest/globals';
import { EVAL_SEED_BASE, MAX_EPISODE_STEPS } from '../../shared/constants.ts';
import { createEnv, thumbnail, trainingSeeds, VectorEnv } from '../index.ts';
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
  const vector = new VectorEnv({ levels: [id, 'BabyAI-GoToObj-v0'], seeds: () => EVAL_SEED_BASE });
  expect(vector.mission(0)).toBe(env.mission);
  expect(vector.envs[0].stateHash()).toBe(env.stateHash());
  // What is written into replays names the same level again.
  expect(createEnv(env.level.id, { seed: EVAL_SEED_BASE }).stateHash()).toBe(env.stateHash());
  expect(thumbnail(id)).toContain(`<title>${env.mission}</title>`);
});

test('an environment of a mission goes on through many training episodes', () => {
  const vector = new VectorEnv({ levels: [MISSION], seeds: trainingSeeds(3) });
  const actions = [0];
  for (let t = 0; t < 3000; t++) {
    actions[0] = (t * 7 + (t >> 3)) % 7;
    vector.step(actions);
    expect(vector.mission(0)).toBe('put the red ball next to the blue box');
  }
  expect(vector.episodes[0]).toBeGreaterThan(10);
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
