import { expect, test } from '@jest/globals';
import { type KeptMoment, surplusMoments } from './moments.ts';

const LIMITS = { count: 160, bytes: 1e9 };

/** What is kept of a run whose episodes come one after another. */
function keep(moments: readonly KeptMoment[], limits = LIMITS): KeptMoment[] {
  let kept: KeptMoment[] = [];
  for (const moment of moments) {
    kept.push(moment);
    const gone = new Set(surplusMoments(kept, limits));
    kept = kept.filter((one) => !gone.has(one));
  }
  return kept;
}

/** Success climbs from 20 to 98 % between 5 and 10 % of the way, and stays. */
const run = (count: number): KeptMoment[] =>
  Array.from({ length: count }, (_, n) => {
    const share = n / count;
    const level = 0.2 + 0.78 * Math.min(1, Math.max(0, (share - 0.05) / 0.05));
    return { id: `e${n}`, envSteps: n * 100, level, bytes: 1000 };
  });

test('of a run that learns in a twentieth of its life, each tenth of success and of time keeps some', () => {
  const all = run(4000);
  const kept = keep(all);
  expect(kept).toHaveLength(160);
  expect([kept[0]?.id, kept.at(-1)?.id]).toEqual(['e0', 'e3999']);
  for (let tenth = 0; tenth < 10; tenth++) {
    const inTime = kept.filter(({ envSteps }) => Math.floor(envSteps / 40_000) === tenth);
    expect(inTime.length).toBeGreaterThanOrEqual(5);
  }
  for (let from = 0.2; from < 0.95; from += 0.1) {
    const climbing = kept.filter(({ level = 0 }) => level > from && level <= from + 0.1);
    expect(climbing.length).toBeGreaterThanOrEqual(5);
  }
});

test('milestones, the first and the newest outlive any thinning, and bytes count as well as numbers', () => {
  const all = run(300).map((moment, n) =>
    n === 31 ? { ...moment, milestone: 'opens' as const } : moment,
  );
  const kept = keep(all, { count: 160, bytes: 10_500 });
  expect(kept).toHaveLength(10);
  expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining(['e0', 'e31', 'e299']));
  expect(surplusMoments(all.slice(0, 2), { count: 1, bytes: 1 })).toEqual([]);
});
