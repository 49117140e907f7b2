import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { wilsonInterval } from '../../shared/statistics.ts';
import { Random } from '../policy/random.ts';
import type { MemberTask, TrainMember } from './member.ts';
import { readSweep } from './plan.ts';
import { Sweep } from './sweep.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'sweep-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const planOf = (file: object) =>
  readSweep({ levels: ['BabyAI-GoToObj-v0'], steps: 900, evalEpisodes: 100, ...file }, (id) => id);

/** Success is the weight, less a hundredth with each seed; a weight of 0 fails. Notes what it is asked for. */
function trainer(asked: string[], stopAt = Number.POSITIVE_INFINITY): TrainMember {
  return async ({ configuration, seed, steps, isLast, files }: MemberTask) => {
    asked.push(`${configuration.settings.goalWeight}/${seed} to ${steps}`);
    if (asked.length >= stopAt) return undefined;
    writeFileSync(files.run, '');
    if (isLast) writeFileSync(files.policy, '');
    if (configuration.settings.goalWeight === 0)
      throw new Error('its gradient was no longer finite');
    const success = configuration.settings.goalWeight! - seed / 100;
    const ci95 = wilsonInterval(success * 100, 100);
    const fresh = { success: success - 0.1, ci95 };
    return {
      envSteps: steps,
      seconds: 1,
      success,
      ci95,
      episodes: 100,
      ...(isLast ? { fresh } : {}),
    };
  };
}

const SWEEP = {
  settings: { goalWeight: [0.5, 0.9, 0.6, 0.7, 0, 0.8] },
  seeds: [1, 2],
  halving: { firstSteps: 300, factor: 3 },
};

test('trains all a little and the best of them on, seeds together; offers the best by figures of fresh seeds', async () => {
  const asked: string[] = [];
  const at = path.join(folder, 'whole');
  const result = await new Sweep(planOf(SWEEP), at, trainer(asked), () => undefined).run();
  expect(asked).toEqual([
    ...[
      '0.5/1 to 300',
      '0.5/2 to 300',
      '0.9/1 to 300',
      '0.9/2 to 300',
      '0.6/1 to 300',
      '0.6/2 to 300',
    ],
    // Three have done the first rung: the best goes on.
    ...['0.9/1 to 900', '0.9/2 to 900', '0.7/1 to 300', '0.7/2 to 300', '0/1 to 300', '0/2 to 300'],
    ...['0.8/1 to 300', '0.8/2 to 300'],
  ]);
  expect(result.best).toMatchObject({ name: 'goalWeight=0.9', seed: 1 });
  expect(result.best!.success).toBeCloseTo(0.79);
  expect(existsSync(result.best!.file)).toBe(true);
  expect(result.groups.map(({ name, stopped }) => [name, stopped])).toEqual([
    ['goalWeight=0.9', undefined],
    ...[0.8, 0.7, 0.6, 0.5].map((goalWeight) => [`goalWeight=${goalWeight}`, 'others did better']),
  ]);
  const [best] = result.groups;
  expect(best.success).toBeCloseTo(0.885);
  expect(best.ci95).toEqual(wilsonInterval(177, 200));
  expect(best.range.map((share) => Number(share.toFixed(3)))).toEqual([0.88, 0.89]);
  expect(result.runs.filter(({ stopped }) => stopped?.includes('finite'))).toHaveLength(2);
  // States of those that will not go on take no room.
  expect(existsSync(path.join(at, '1-seed1.run.safetensors'))).toBe(false);
  expect(existsSync(path.join(at, '2-seed1.run.safetensors'))).toBe(true);
});

test('goes on where it was stopped, with the same end', async () => {
  const at = path.join(folder, 'stopped');
  const first: string[] = [];
  const stopped = await new Sweep(planOf(SWEEP), at, trainer(first, 5), () => undefined).run();
  expect(stopped.interrupted).toBe(true);
  expect(stopped.runs.at(-1)!.stopped).toBe('not done yet');
  const second: string[] = [];
  const result = await new Sweep(planOf(SWEEP), at, trainer(second), () => undefined).run();
  // What was in progress is asked for again: the trainer finds its state.
  expect(second[0]).toBe(first[4]);
  expect(first.length + second.length).toBe(14 + 1);
  const whole = await new Sweep(
    planOf(SWEEP),
    path.join(folder, 'again'),
    trainer([]),
    () => undefined,
  ).run();
  expect(result.groups).toEqual(whole.groups);
});

test('many at once, ending in any order, give the same table', async () => {
  const random = new Random(5, 0);
  let most = 0;
  let now = 0;
  const asked: string[] = [];
  const train = trainer(asked);
  const slow: TrainMember = async (task) => {
    most = Math.max(most, ++now);
    for (let turns = random.uniform() * 20; turns > 0; turns--) await Promise.resolve();
    now--;
    return train(task);
  };
  const sweep = (name: string, by: TrainMember) =>
    new Sweep(planOf(SWEEP), path.join(folder, name), by, () => undefined);
  const result = await sweep('many', slow).run({ atOnce: () => 5, slots: () => 5 });
  const whole = await sweep('single', trainer([])).run();
  expect(most).toBe(5);
  expect(asked).toHaveLength(14);
  const table = ({ runs, groups }: typeof whole) => ({
    groups,
    runs: runs.map(({ file, ...run }) => run),
  });
  expect(table(result)).toEqual(table(whole));
});

test('a folder of another sweep, or a damaged one, is refused', () => {
  const at = path.join(folder, 'whole');
  const begin =
    (file: object, where = at) =>
    () =>
      new Sweep(planOf(file), where, trainer([]), () => undefined);
  expect(begin({ ...SWEEP, seeds: [1] })).toThrow('holds another sweep');
  const damaged = path.join(folder, 'stopped');
  writeFileSync(path.join(damaged, 'sweep.json'), '{"plan":');
  expect(begin(SWEEP, damaged)).toThrow('is damaged');
});
