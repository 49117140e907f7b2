import { expect, test } from '@jest/globals';
import { chaos, type Fault } from './chaos.ts';

// The long form is `npm run test:chaos`. The victims are found in Linux's process table.
const KINDS: readonly Fault[] = ['trainer', 'sleeper', 'hidden', 'checkpoint', 'database', 'clock'];
const isLinux = process.platform === 'linux';

(isLinux ? test : test.skip)(
  'processes are killed or stopped in the middle of training, folder, files and clock fail, and nothing is lost',
  async () => {
    const result = await chaos({
      faults: KINDS.length,
      seed: 1,
      minutes: 8,
      kinds: KINDS,
      say: () => undefined,
    });
    expect(result.problems).toEqual([]);
    expect(result.faults).toMatchObject(Object.fromEntries(KINDS.map((kind) => [kind, 1])));
    expect(result.pointsShown).toBeGreaterThanOrEqual(4);
    expect(result.updates).toBeGreaterThanOrEqual(result.pointsShown);
    expect(result.episodesShown).toBeGreaterThan(0);
    expect(result.weightsCompared).toBeGreaterThan(3);
  },
  600_000,
);
