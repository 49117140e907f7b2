import { expect, test } from '@jest/globals';
import { withPolicy } from './evaluatePolicy.ts';
import { FAITHFULNESS_WORLDS, faithfulnessOn } from './faithfulness.ts';

const measure = (checkpoint: string, levelId: string) =>
  withPolicy({ checkpoint, engine: 'wasm', workers: 1, episodes: FAITHFULNESS_WORLDS }, (group) =>
    faithfulnessOn(group, levelId),
  );

test('the Doer of the shipped policy goes where its Planner is told to go, and the figure is the same each time', async () => {
  const first = await measure('rooms', 'BabyAI-GoToLocal-v0');
  expect(first).toBeGreaterThan(0.4);
  expect(await measure('rooms', 'BabyAI-GoToLocal-v0')).toBe(first);
});

test('where no world has another object nothing is said', async () => {
  expect(await measure('rooms', 'BabyAI-GoToRedBallNoDists-v0')).toBeUndefined();
});
