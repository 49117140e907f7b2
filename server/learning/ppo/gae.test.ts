import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../../../shared/properties.testing.ts';
import { type AdvantageInputs, generalizedAdvantages } from './gae.ts';

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
