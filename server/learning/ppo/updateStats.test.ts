import { expect, test } from '@jest/globals';
import { LOSS_STATS } from './lossTypes.ts';
import { summed, UpdateTally } from './updateStats.ts';

/** Twelve samples: what each measures, and whether there is an action, a goal, a kept goal to compare with. */
const SAMPLES = Array.from({ length: 12 }, (_, i) => ({
  value: i * i,
  action: i % 3 === 0 ? -1 : 2,
  goal: i % 4 === 0 ? 1 : -1,
  kept: i < 5 ? 1 : -1,
}));
type Sample = (typeof SAMPLES)[number];

const OF: Record<string, (sample: Sample) => boolean> = {
  cloningLoss: ({ action }) => action >= 0,
  actionHits: ({ action }) => action >= 0,
  goalLoss: ({ goal }) => goal >= 0,
  subgoalHits: ({ goal }) => goal >= 0,
  targetHits: ({ goal }) => goal >= 0,
  haltLoss: ({ kept }) => kept >= 0,
};
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
const meansOf = (samples: Sample[]) =>
  LOSS_STATS.map((name) => mean(samples.filter(OF[name] ?? (() => true)).map((s) => s.value)));

/** Adds up what workers measure of their parts of each minibatch, as they do. */
function statsOf(minibatches: Sample[][][]) {
  const tally = new UpdateTally();
  for (const workers of minibatches) {
    const all = new Float32Array(tally.measured.length);
    for (const samples of workers) {
      tally.measured.fill(0);
      tally.measured.set(meansOf(samples));
      const batch = {
        inputs: { batch: samples.length },
        expertActions: Int32Array.from(samples, ({ action }) => action),
        expertSubgoals: Int32Array.from(samples, ({ goal }) => goal),
        keptGoalRight: Int8Array.from(samples, ({ kept }) => kept),
      };
      summed(tally.measured, samples.length > 0 ? batch : undefined);
      for (const [i, value] of tally.measured.entries()) all[i] += value / workers.length;
    }
    tally.measured.set(all);
    tally.add(1);
  }
  return LOSS_STATS.map((name) => tally.stats(0)[name]);
}

test.each([
  ['one worker', [[SAMPLES]]],
  ['two workers, unequally many', [[SAMPLES.slice(0, 7), SAMPLES.slice(7)]]],
  ['three, one without samples', [[SAMPLES.slice(0, 2), [], SAMPLES.slice(2)]]],
  [
    'minibatches of two workers',
    [
      [SAMPLES.slice(0, 1), SAMPLES.slice(1, 3)],
      [SAMPLES.slice(3, 8), SAMPLES.slice(8)],
    ],
  ],
])('%s: each figure is that of all samples together', (_name, minibatches) => {
  for (const [s, value] of statsOf(minibatches).entries())
    expect([LOSS_STATS[s], value]).toEqual([
      LOSS_STATS[s],
      expect.closeTo(meansOf(SAMPLES)[s] ?? Number.NaN, 4),
    ]);
});
