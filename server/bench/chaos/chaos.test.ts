import { expect, test } from '@jest/globals';
import { chaos, FAULTS } from './chaos.ts';

// The long form is `npm run test:chaos`. The victims are found in Linux's process table.
const isLinux = process.platform === 'linux';

(isLinux ? test : test.skip)(
  'server, trainer and both are killed or stopped in the middle of training, and nothing is lost',
  async () => {
    const result = await chaos({
      faults: FAULTS.length,
      seed: 1,
      minutes: 8,
      kinds: FAULTS,
      say: () => undefined,
    });
    expect(result.problems).toEqual([]);
    expect(result.faults).toEqual({ server: 1, trainer: 1, both: 1, frozen: 1, sleeper: 1 });
    expect(result.pointsShown).toBeGreaterThanOrEqual(4);
    expect(result.updates).toBeGreaterThanOrEqual(result.pointsShown);
    expect(result.episodesShown).toBeGreaterThan(0);
    expect(result.weightsCompared).toBeGreaterThan(3);
  },
  600_000,
);
