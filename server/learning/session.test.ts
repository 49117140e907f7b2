import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyReplay } from '../../envs/replay.ts';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import { parseReplay, type Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { EpisodePlayer } from '../play/play.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { withSession as sessionOf, updated } from './session.testing.ts';
import type { PolicySession } from './session.ts';
import type { SessionOptions } from './sessionOptions.ts';
import type { WorkerGroup } from './workers/group.ts';

const OPTIONS: SessionOptions = {
  levelId: 'BabyAI-GoToObjS4-v0',
  init: 'scratch',
  policy: 'hrm',
  preset: 'nano',
  seed: 5,
  settings: {
    ...DEFAULT_SETTINGS,
    environments: 8,
    rolloutSteps: 16,
    minibatches: 2,
    epochs: 2,
    evalEvery: 0,
  },
  rewards: DEFAULT_REWARDS,
  engine: 'wasm',
  workers: 2,
  runId: 'test',
};

/** Starting a worker takes longer than such updates: what is not about several of them does with one. */
const ALONE: SessionOptions = { ...OPTIONS, workers: 1 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const withSession = <T>(
  use: (session: PolicySession) => Promise<T>,
  options = OPTIONS,
  resume?: string,
) => sessionOf(options, use, resume);

test('the same seed, engine and workers give the same weights, bit for bit; another seed does not', async () => {
  const first = await withSession(updated(3));
  expect(await withSession(updated(3))).toBe(first);
  expect(await withSession(updated(3), { ...OPTIONS, seed: 6 })).not.toBe(first);
});

test('workers with unequally many samples take as many steps, and every sample counts the same', async () => {
  // 16 and 8 samples: cut into parts of a size instead of into seven parts, the workers would wait for one another.
  const settings = { ...OPTIONS.settings, environments: 3, rolloutSteps: 8, minibatches: 7 };
  const { point } = await withSession((session) => session.update(), { ...OPTIONS, settings });
  expect(point.values.ponder).toBeGreaterThan(1);
  expect(point.envSteps).toBe(24);
});

test('an update that is held stops where it is, wherever that is, and ends with the same weights', async () => {
  const settings = { ...OPTIONS.settings, evalEvery: 1, evalEpisodes: 10 };
  const options = { ...OPTIONS, settings };
  const straight = await withSession(updated(2), options);
  const held = await withSession(async (session) => {
    const { pace } = (session as unknown as { group: WorkerGroup }).group;
    // Each worker: 16 steps, 4 minibatches, then a test of some steps.
    const moments = [3, 18, 33, 37, 50];
    await session.update();
    const before = pace.reached;
    const update = session.update();
    for (const moment of moments) {
      while (pace.reached - before < moment) await setImmediate();
      session.hold(true);
      const { reached } = pace;
      await sleep(100);
      // Each worker comes by once more, and stays there.
      expect(pace.reached - reached).toBeLessThanOrEqual(options.workers);
      session.hold(false);
    }
    await update;
    expect(session.progress.share).toBe(1);
    return (await session.hash()).weightsHash;
  }, options);
  expect(held).toBe(straight);
});

test('a run resumed from its checkpoint ends with the weights of one that never stopped', async () => {
  const file = join(folder, 'run.safetensors');
  const straight = await withSession(updated(5));
  await withSession(async (session) => {
    await updated(3)(session);
    await session.save(file);
  });
  const resumed = await withSession(updated(2), OPTIONS, file);
  expect(resumed).toBe(straight);
});

test('fine-tuning from a saved policy counts on from it, measures what it should and keeps its history', async () => {
  const first = join(folder, 'first.safetensors');
  const second = join(folder, 'second.safetensors');
  await withSession(async (session) => {
    await updated(2)(session);
    await session.export(first);
  }, ALONE);
  await withSession(
    async (session) => {
      session.applyRewards({ stepCost: 0.01 });
      session.applySettings({ learningRate: 0.0003 });
      let replays = 0;
      for (let i = 0; i < 6; i++) {
        const told: Replay[] = [];
        const { point, episodes } = await session.update((replay) => told.push(replay));
        // Each is told when it ends, before the rollout does; of a world at most one in a rollout.
        expect(new Set(told)).toEqual(new Set(episodes));
        expect(told.length).toBeLessThanOrEqual(4);
        expect(point.envSteps).toBe(128 * (i + 1));
        expect(point.values.klReference).toBeGreaterThanOrEqual(-1e-6);
        expect(point.values.learningRate).toBe(0.0003);
        for (const episode of episodes) {
          replays++;
          const replay = parseReplay(JSON.parse(JSON.stringify(episode)));
          expect(verifyReplay(replay)).toMatchObject({ ok: true });
          expect(replay.rewards.stepCost?.every((value) => Math.abs(value + 0.01) < 1e-6)).toBe(
            true,
          );
        }
      }
      expect(replays).toBeGreaterThan(0);
      await session.export(second);
    },
    { ...ALONE, init: first },
  );
  const policy = await readPolicy(second);
  expect(policy.history).toHaveLength(2);
  expect(policy.history[1]).toMatchObject({
    levels: ['BabyAI-GoToObjS4-v0'],
    updates: 6,
    rewards: { stepCost: 0.01 },
  });
});

test('value warm-up moves the value head alone', async () => {
  const before = join(folder, 'before.safetensors');
  const after = join(folder, 'after.safetensors');
  await withSession((session) => session.export(before), ALONE);
  const settings = { ...OPTIONS.settings, valueWarmup: 10 };
  await withSession(
    async (session) => {
      await updated(2)(session);
      await session.export(after);
    },
    { ...ALONE, init: before, settings },
  );
  const [a, b] = [await readPolicy(before), await readPolicy(after)];
  for (const [name, tensor] of a.loaded.tensors) {
    const same = Buffer.from(tensor.data.buffer).equals(
      Buffer.from(b.loaded.tensors.get(name)!.data.buffer),
    );
    expect([name, same]).toEqual([name, !name.startsWith('value.')]);
  }
});

test('a curriculum is learnt beside the level, and a resumed run goes on with it', async () => {
  const options: SessionOptions = { ...ALONE, curriculum: ['BabyAI-GoToLocalS5N2-v0'] };
  const file = join(folder, 'curriculum.safetensors');
  const played = new Set<string>();
  await withSession(async (session) => {
    for (let i = 0; i < 12; i++) {
      const { episodes } = await session.update();
      for (const { levelId } of episodes) played.add(levelId);
    }
    await session.save(file);
  }, options);
  expect([...played].sort()).toEqual(['BabyAI-GoToLocalS5N2-v0', 'BabyAI-GoToObjS4-v0']);
  expect((await readPolicy(file)).history.at(-1)).toMatchObject({
    levels: ['BabyAI-GoToObjS4-v0', 'BabyAI-GoToLocalS5N2-v0'],
  });
  const whole = await withSession(updated(14), options);
  expect(await withSession(updated(2), options, file)).toBe(whole);
});

test('no figure depends on the scale of rewards inside the learner', async () => {
  const measured = (rewardScale: number) =>
    withSession(
      async (session) => {
        const { point, episodes } = await session.update();
        return { values: point.values, shown: episodes.map(({ outcome }) => outcome.return) };
      },
      {
        ...ALONE,
        rewards: { ...DEFAULT_REWARDS, stepCost: 0.05 },
        // A critic that says 0 whatever the scale, and learns nothing.
        settings: { ...ALONE.settings, rolloutSteps: 64, learningRate: 0, rewardScale },
      },
    );
  const plain = await measured(1);
  const scaled = await measured(16);
  expect(scaled.shown).toEqual(plain.shown);
  const { valueLoss } = plain.values;
  expect(valueLoss).toBeGreaterThan(0.01);
  expect(scaled.values.valueLoss! / valueLoss!).toBeGreaterThan(0.8);
  expect(scaled.values.valueLoss! / valueLoss!).toBeLessThan(1.25);
  for (const name of ['success', 'return', 'length', 'explainedVariance', 'entropy'] as const)
    expect([name, scaled.values[name]]).toEqual([name, plain.values[name]]);
});

test('of a held-out test some episodes are shown and all are counted while it goes on, and it changes no result', async () => {
  const tested = { ...OPTIONS, settings: { ...OPTIONS.settings, evalEvery: 1, evalEpisodes: 5 } };
  const unseen = await withSession(async (session) => (await session.update()).point, tested);
  await withSession(async (session) => {
    const shown: Replay[] = [];
    const done: string[] = [];
    const { point } = await session.update(
      (replay) => shown.push(replay),
      (count, of) => done.push(`${count} of ${of}`),
    );
    expect(done).toEqual(['0 of 5', '1 of 5', '2 of 5', '3 of 5', '4 of 5', '5 of 5']);
    const held = shown.filter(({ source }) => source.kind === 'evaluation');
    // The first of each of two worlds of each of two workers.
    expect(held).toHaveLength(4);
    for (const replay of held) {
      expect(verifyReplay(parseReplay(replay))).toMatchObject({ ok: true });
      expect(replay.source.envSteps).toBe(point.envSteps);
    }
    expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
    expect(point.values.evalSuccess).toBe(unseen.values.evalSuccess);
    // How it was played stands in the document: the same weights play it again, goals that were drawn too.
    const file = join(folder, 'tested.safetensors');
    await session.export(file);
    const player = new EpisodePlayer('wasm');
    for (const { levelId, seed, actions, mind, played } of held) {
      expect(played).toMatchObject({ goals: 'sampled' });
      const again = await player.play({
        ...{ source: { kind: 'checkpoint', file }, name: 'tested', runId: '', envSteps: 0 },
        ...{ ...played!, levelId, seed, actions: [] },
      });
      expect([again.actions, again.mind?.goalX]).toEqual([actions, mind?.goalX]);
    }
  }, tested);
});
