import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../../../shared/properties.testing.ts';
import { type AdvantageInputs, decisionAdvantages, generalizedAdvantages } from './gae.ts';

/** The definition written out: sum of discounted TD errors up to the episode's end. */
function written(inputs: AdvantageInputs, t: number, env: number): number {
  const { steps, envs, gamma, lambda } = inputs;
  let sum = 0;
  let weight = 1;
  for (let k = t; k < steps; k++) {
    const i = k * envs + env;
    const after = inputs.terminated[i]
      ? 0
      : inputs.truncated[i]
        ? inputs.finalValues[i]
        : k === steps - 1
          ? inputs.lastValues[env]
          : inputs.values[i + envs];
    sum += weight * (inputs.rewards[i] + gamma * after - inputs.values[i]);
    if (inputs.terminated[i] || inputs.truncated[i]) break;
    weight *= gamma * lambda;
  }
  return sum;
}

test('equals the written-out sum, with terminations, truncations and both at once', () => {
  const real = fc.double({ min: -5, max: 5, noNaN: true });
  holds(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(real),
      fc.infiniteStream(fc.integer({ min: 0, max: 7 })),
      (steps, envs, reals, ends) => {
        const n = steps * envs;
        const draw = (count: number) =>
          Float32Array.from({ length: count }, () => reals.next().value as number);
        const kinds = Array.from({ length: n }, () => ends.next().value as number);
        const inputs: AdvantageInputs = {
          steps,
          envs,
          rewards: draw(n),
          values: draw(n),
          finalValues: draw(n),
          lastValues: draw(envs),
          terminated: Uint8Array.from(kinds, (k) => (k === 1 || k === 3 ? 1 : 0)),
          truncated: Uint8Array.from(kinds, (k) => (k === 2 || k === 3 ? 1 : 0)),
          gamma: 0.97,
          lambda: 0.9,
        };
        const advantages = new Float32Array(n);
        generalizedAdvantages(inputs, advantages);
        for (let t = 0; t < steps; t++) {
          for (let env = 0; env < envs; env++) {
            expect(advantages[t * envs + env]).toBeCloseTo(written(inputs, t, env), 3);
          }
        }
      },
    ),
    { runs: 200 },
  );
});

test('a decision is credited with all that is paid until the next one', () => {
  const values = Float32Array.of(3, 99, 5, 99, 7, 99);
  const inputs = {
    steps: 6,
    envs: 1,
    rewards: Float32Array.of(1, 2, 0, 4, 0, 8),
    values,
    ended: Uint8Array.of(0, 0, 0, 1, 0, 0),
    decided: Uint8Array.of(1, 0, 1, 0, 1, 0),
    lastValues: Float32Array.of(10),
    gamma: 0.5,
    lambda: 0.25,
  };
  const advantages = new Float32Array(6).fill(-1);
  decisionAdvantages(inputs, advantages);
  const third = 0 + 0.5 * (8 + 0.5 * 10) - 7;
  // Its episode ends with the fourth step: what comes then does not count.
  const second = 0 + 0.5 * 4 - 5;
  const first = 1 + 0.5 * (2 + 0.5 * (5 + 0.25 * second)) - 3;
  expect(Array.from(advantages)).toEqual([first, -1, second, -1, third, -1]);
});

test('with a decision at every step and λ 0 it is the one of steps', () => {
  const inputs = {
    steps: 3,
    envs: 1,
    rewards: Float32Array.of(1, 0, 2),
    values: Float32Array.of(0.5, -1, 2),
    lastValues: Float32Array.of(4),
    gamma: 0.9,
    lambda: 0,
  };
  const [ofSteps, ofDecisions] = [new Float32Array(3), new Float32Array(3)];
  const none = new Uint8Array(3);
  generalizedAdvantages(
    { ...inputs, terminated: none, truncated: none, finalValues: new Float32Array(3) },
    ofSteps,
  );
  decisionAdvantages({ ...inputs, ended: none, decided: none.map(() => 1) }, ofDecisions);
  expect(ofDecisions).toEqual(ofSteps);
});
