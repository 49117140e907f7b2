import { expect, test } from '@jest/globals';
import { baselinesOf } from './baselines.ts';

function run(levelId: string, episodes: { random: number; expert: number }) {
  const work = baselinesOf(levelId, episodes);
  let pauses = 0;
  for (;;) {
    const { done, value } = work.next();
    if (done) return { baselines: value, pauses };
    pauses++;
  }
}

test('the expert does the mission, chance seldom; the same level gives the same figures', () => {
  const episodes = { random: 40, expert: 10 };
  const { baselines, pauses } = run('BabyAI-GoToLocal-v0', episodes);
  expect(baselines.expert).toMatchObject({ success: 1, episodes: 10 });
  expect(baselines.expert.reward).toBeGreaterThan(0.6);
  expect(baselines.random.success).toBeLessThan(0.6);
  expect(baselines.random.length).toBeGreaterThan(baselines.expert.length);
  expect(pauses).toBeGreaterThan(50);
  expect(run('BabyAI-GoToLocal-v0', episodes).baselines).toEqual(baselines);
});

test('a level that is not known throws', () => {
  expect(() => run('Nowhere-v0', { random: 1, expert: 1 })).toThrow('Nowhere-v0');
});
