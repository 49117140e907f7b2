import { expect, test } from '@jest/globals';
import { policyConfig } from './kinds/index.ts';
import { upgradedConfig, upgradedWeights } from './olderGoals.ts';
import { type Parameter, parameterSpecs } from './parameters.ts';

const config = upgradedConfig({ ...policyConfig('nano', 'hrm'), hLayers: 1 });
const find = (name: string) =>
  parameterSpecs(config).find((spec) => spec.name === name) as Parameter;

/** Every row of an older table holds its own number. */
const numbered = (rows: number, width: number) => ({
  shape: [rows, width],
  data: Float32Array.from({ length: rows * width }, (_, i) => Math.floor(i / width)),
});

test('older tables keep their rows where these mean the same now', () => {
  const older: Record<string, ReturnType<typeof numbered>> = {
    'state.embedding': numbered(843, 256),
    'goal.embedding': numbered(228, 256),
    'action.weight': numbered(256, 7),
  };
  const weights = upgradedWeights(config, 1, (name) => older[name]);
  const row = (name: string, at: number) => weights[find(name).offset + at * find(name).shape[1]];
  // The cell that the agent stands on is the middle of either map of 13 × 13 and 17 × 17 cells.
  expect(row('state.embedding', 263 + 144 * 3)).toBe(263 + 84 * 3);
  expect(row('state.embedding', 262)).toBe(262);
  expect(row('state.embedding', 263)).toBe(0);
  expect(row('state.embedding', 1202)).toBe(842);
  // A goal straight ahead, and one further to the right than could be said.
  const first = 178;
  expect(row('goal.embedding', first + 21)).toBe(first + 12);
  expect(row('goal.embedding', first + 42)).toBe(first + 24);
  expect(row('goal.embedding', first + 43 + 21)).toBe(first + 25 + 12);
  expect(row('action.weight', 255)).toBe(255);
});
