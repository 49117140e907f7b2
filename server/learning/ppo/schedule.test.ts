import { expect, test } from '@jest/globals';
import { scheduledRate } from './schedule.ts';

test('without a cool-down the learning rate stays', () => {
  expect(scheduledRate({ learningRate: 0.002, coolDown: 0 }, 5e6)).toBe(0.002);
});

test('with one it falls evenly to a tenth and stays there', () => {
  const at = (envSteps: number) => scheduledRate({ learningRate: 0.001, coolDown: 200 }, envSteps);
  expect(at(0)).toBe(0.001);
  expect(at(100_000)).toBeCloseTo(0.00055, 12);
  expect(at(200_000)).toBeCloseTo(0.0001, 12);
  expect(at(900_000)).toBeCloseTo(0.0001, 12);
});
