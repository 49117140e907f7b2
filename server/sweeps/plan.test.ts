import { expect, test } from '@jest/globals';
import { readSweep } from './plan.ts';

const asIs = (level: string) => level;
const read = (file: object) =>
  readSweep({ levels: ['BabyAI-GoToObj-v0'], steps: 9000, ...file }, asIs);
const names = (file: object) => read(file).configurations.map(({ name }) => name);

test('a grid has every combination, named by what varies', () => {
  expect(names({})).toEqual(['GoToObj']);
  expect(
    names({
      levels: ['BabyAI-GoToObj-v0', 'BabyAI-GoToLocal-v0'],
      settings: { learningRate: [0.001, 0.0003] },
    }),
  ).toEqual([
    'GoToObj · learningRate=0.001',
    'GoToObj · learningRate=0.0003',
    'GoToLocal · learningRate=0.001',
    'GoToLocal · learningRate=0.0003',
  ]);
  const plan = read({
    policies: ['hrm', 'flat'],
    rewards: [{}, { stepCost: 0.01 }, 'adversarial'],
  });
  expect(plan.configurations.map(({ name }) => name)).toEqual(
    ['hrm', 'flat'].flatMap((kind) => [
      `${kind} · reward 1`,
      `${kind} · reward 2`,
      `${kind} · reward adversarial`,
    ]),
  );
  expect(plan.configurations[4].rewards).toEqual({ stepCost: 0.01 });
});

test('at random, from lists and ranges, the same for the same seed', () => {
  const file = {
    settings: {
      learningRate: { from: 1e-4, to: 1e-2, log: true },
      epochs: { from: 1, to: 6 },
      gamma: [0.9, 0.99],
    },
    search: { kind: 'random', samples: 40, seed: 7 },
  };
  const plan = read(file);
  expect(plan.configurations).toHaveLength(40);
  const rates = plan.configurations.map(({ settings }) => settings.learningRate!);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
  expect(Math.max(...rates)).toBeLessThanOrEqual(1e-2);
  // Half of them below the middle of the logarithms.
  expect(rates.filter((rate) => rate < 1e-3).length).toBeGreaterThan(10);
  for (const { settings } of plan.configurations) {
    expect(Number.isInteger(settings.epochs)).toBe(true);
    expect([0.9, 0.99]).toContain(settings.gamma);
  }
  expect(read(file)).toEqual(plan);
});

test('halving tests after lengths that grow by its factor', () => {
  expect(read({}).rungs).toEqual([9000]);
  expect(read({ halving: { firstSteps: 1000 } }).rungs).toEqual([1000, 3000, 9000]);
  expect(read({ halving: { firstSteps: 1000, factor: 2 } }).rungs).toEqual([
    1000, 2000, 4000, 8000, 9000,
  ]);
});

test.each<[object, string]>([
  [{ levels: [] }, 'levels is []'],
  [{ steps: 0 }, 'steps is 0'],
  [{ seeds: [1, 1] }, 'seeds is [1,1]; accepted: each value once'],
  [{ speed: 3 }, 'Unrecognized key'],
  [{ settings: { warp: [1] } }, 'settings has "warp"; accepted: '],
  [{ settings: { learningRate: [-1] } }, 'settings.learningRate is -1'],
  [
    { settings: { learningRate: { from: 1, to: 0.1 } } },
    'settings.learningRate is {"from":1,"to":0.1}',
  ],
  [
    { settings: { learningRate: { from: 0.001, to: 0.1 } } },
    'settings.learningRate is a range; accepted: a list of values',
  ],
  [{ settings: { attempts: [4] } }, 'settings.attempts has no effect where the run learns by ppo'],
  [{ policies: ['flat'], settings: { plannerWeight: [0.5] } }, 'settings.plannerWeight'],
  [{ policies: ['flat'], init: 'default' }, 'policies has no effect where runs start from default'],
  [
    { halving: { firstSteps: 9000 } },
    'halving.firstSteps is 9000; accepted: below steps, which is 9000',
  ],
  [
    { settings: { gamma: Array.from({ length: 1001 }, (_, i) => 0.8 + i / 10_000) } },
    'the grid has 1001 combinations',
  ],
  [{ rewards: ['generous'] }, 'rewards.0 is "generous"'],
])('%j is refused: %s', (file, message) => {
  expect(() => read(file)).toThrow(message);
});
