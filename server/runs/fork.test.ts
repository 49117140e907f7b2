import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../shared/config.ts';
import { createTrainSession } from '../learning/session.ts';
import type { CreateTrainSession } from '../learning/types.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { createFakeSession } from './fakeSession.testing.ts';
import { launchHere } from './launchHere.testing.ts';
import { RunManager } from './manager.ts';
import type { CreateRun } from './newRun.ts';
import { until } from './until.testing.ts';

const LEVEL = 'BabyAI-GoToObjS4-v0';
const OTHER = 'BabyAI-GoToObj-v0';
const folder = mkdtempSync(path.join(os.tmpdir(), 'fork-test-'));
const managers: RunManager[] = [];
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.shutDown(5)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;

function setUp(createSession: CreateTrainSession = createFakeSession, store = createMemoryStore()) {
  const checkpoints = new CheckpointFolder(path.join(folder, String(folders++)));
  const manager = new RunManager({
    ...{ store, checkpoints, launch: launchHere(createSession), levelIds: [LEVEL, OTHER] },
    shippedCheckpoints: ['default'],
    log: () => undefined,
    drive: { heartbeatEvery: 0.1, silenceLimit: 60, stallLimit: 60, saveEvery: 0 },
    workers: 1,
    engine: 'wasm',
  });
  managers.push(manager);
  const idsOf = (runId: string) => checkpoints.list(runId).map(({ updates }) => updates);
  return { manager, store, checkpoints, idsOf };
}

/** A run that made so many updates, and has stopped. */
async function trained(manager: RunManager, updates: number, request: CreateRun) {
  const { id } = await manager.create(request);
  await until(manager, id, (run) => run.updates >= updates);
  await manager.stop(id);
  return id;
}

const SMALL = { environments: 4, rolloutSteps: 16, minibatches: 2, epochs: 2, evalEvery: 0 };
const REAL: CreateRun = { levelId: LEVEL, init: 'scratch', seed: 5, settings: SMALL };

test('an unchanged fork repeats the original bit for bit; one with other rewards leaves it there', async () => {
  const { manager, store, checkpoints } = setUp(createTrainSession);
  const parent = await trained(manager, 4, REAL);
  const hashes = (runId: string) =>
    Object.fromEntries(
      checkpoints.list(runId).map(({ updates, weightsHash }) => [updates, weightsHash]),
    );
  const original = hashes(parent);

  const same = await manager.create({ fork: { run: parent, checkpoint: `${parent}.u2` } });
  expect(same.fork).toEqual({
    ...{ run: parent, name: manager.get(parent).name, checkpoint: `${parent}.u2`, init: 'scratch' },
    ...{ envSteps: 128, updates: 2, worlds: 'kept' },
  });
  expect(manager.get(same.id)).toMatchObject({ seed: 5, init: `${same.id}.u2` });
  await until(manager, same.id, (run) => run.updates >= 4);
  await manager.stop(same.id);
  const repeated = hashes(same.id);
  for (const updates of [2, 3, 4]) expect(repeated[updates]).toBe(original[updates]);
  expect(repeated[3]).not.toBe(repeated[2]);
  const values = (runId: string) =>
    store
      .points(runId, 100)
      .filter(({ updates }) => updates <= 4)
      .map(({ updates, episodes, values: { policyLoss } }) => ({ updates, episodes, policyLoss }));
  expect(values(same.id)).toEqual(values(parent));

  const paid = await manager.create({ fork: { run: parent, step: 150 }, rewards: { bump: -0.5 } });
  await until(manager, paid.id, (run) => run.updates >= 3);
  await manager.stop(paid.id);
  expect(paid.fork).toMatchObject({ updates: 2, worlds: 'kept' });
  expect(hashes(paid.id)[2]).toBe(original[2]);
  expect(hashes(paid.id)[3]).not.toBe(original[3]);
  expect(store.changes(paid.id)).toMatchObject([
    { kind: 'rewards', envSteps: 128, changes: [{ id: 'bump', from: 0, to: -0.5 }] },
  ]);
});

test('another level or number of worlds begins anew in the worlds and goes on in the weights', async () => {
  const { manager, store, checkpoints } = setUp(createTrainSession);
  const parent = await trained(manager, 2, REAL);
  const elsewhere = await manager.create({
    levelId: OTHER,
    fork: { run: parent },
    settings: { environments: 8 },
  });
  const kept = checkpoints.list(parent)[0];
  expect(elsewhere).toMatchObject({ levelId: OTHER, fork: { worlds: 'anew' } });
  await until(manager, elsewhere.id, ({ updates }) => updates >= kept.updates + 1);
  await manager.stop(elsewhere.id);
  const own = checkpoints.list(elsewhere.id);
  expect(own.at(-1)).toMatchObject({ weightsHash: kept.weightsHash, worlds: 'anew' });
  expect(own[0].worlds).toBe(undefined);
  // What was measured on another level says nothing of this one.
  const [first] = store.points(elsewhere.id, 100);
  expect(first.updates).toBe(kept.updates + 1);
  expect(first.envSteps).toBe(kept.envSteps + 8 * 16);
});

test('a fork is whole without its parent, and a restored database finds it', async () => {
  const { manager, store, checkpoints } = setUp();
  const parent = await trained(manager, 3, { levelId: LEVEL, learning: 'ppo' });
  manager.describe(parent, { name: 'doors' });
  const child = await manager.create({
    fork: { run: parent, step: 250 },
    settings: { gamma: 0.9 },
  });
  expect(child).toMatchObject({ name: 'doors, fork 1', fork: { envSteps: 200, name: 'doors' } });
  expect(manager.forksOf(parent)).toEqual([child.id]);
  await until(manager, child.id, (run) => run.updates >= 4);
  await manager.stop(child.id);
  const wider = await manager.create({ fork: { run: parent }, settings: { environments: 16 } });
  await manager.stop(wider.id);
  expect(wider.fork?.worlds).toBe('anew');
  expect(store.points(wider.id, 100)[0].updates).toBe(1);
  await manager.delete(parent);
  expect(checkpoints.list(parent)).toEqual([]);
  const points = store.points(child.id, 100);
  expect(points.map(({ updates }) => updates)).toEqual(points.map((_, i) => i + 1));
  expect(store.moments(child.id).length).toBeGreaterThan(1);
  // Its first weights, and what it begins with where all others are damaged.
  expect(await manager.archive.checkpointFile(child.init)).toContain(child.id);
  for (const { updates, file } of checkpoints.list(child.id))
    if (updates > 2) writeFileSync(file, 'damaged');
  const { updates } = manager.get(child.id);
  await manager.resume(child.id);
  await until(manager, child.id, (run) => run.updates > updates);
  expect(manager.get(child.id).settings.gamma).toBe(0.9);
  const [{ run }] = checkpoints.list(child.id);
  expect(run?.info.fork?.run).toBe(parent);
});

test('what cannot be forked is refused by field, with what is accepted', async () => {
  const { manager } = setUp();
  const run = await trained(manager, 2, { levelId: LEVEL, learning: 'ppo' });
  const refusals: [CreateRun, string, RegExp][] = [
    [
      { fork: { run: 'run-none' } },
      'fork.run',
      /fork\.run is "run-none"; accepted: the id of a run/,
    ],
    [
      { fork: { run, checkpoint: `${run}.u77` } },
      'fork.checkpoint',
      /u77"; accepted: one that is kept, as run-/,
    ],
    [{ fork: { run, checkpoint: `${run}.u1`, step: 3 } }, 'fork.step', /one of the two/],
    [{ fork: { run }, init: 'default' }, 'init', /no effect with fork/],
    [{ fork: { run }, policy: 'gru' }, 'policy', /policy is "gru"; accepted: hrm/],
    [{ fork: { run }, levelId: 'BabyAI-Nowhere-v0' }, 'levelId', /Nowhere/],
    [{ fork: { run }, settings: { attempts: 3 } }, 'settings.attempts', /no effect/],
    [{ fork: { run }, settings: { plannerWeight: 1 } }, 'settings.plannerWeight', /no critic/],
  ];
  const before = manager.list().length;
  for (const [request, field, message] of refusals) {
    const error = await manager.create(request).catch((thrown) => thrown);
    expect(error.message).toMatch(message);
    expect(error.field).toBe(field);
  }
  expect(manager.list()).toHaveLength(before);
  expect(DEFAULT_SETTINGS.plannerWeight).toBe(0);
});

test('a fork learns as its parent would, whatever it is paid; one that asks for a way keeps it', async () => {
  const { manager } = setUp();
  const run = await trained(manager, 2, { levelId: LEVEL });
  expect(manager.get(run).learning).toBe('self-cloning');
  const rewards = { handled: 0.2 };
  const paid = await manager.create({ fork: { run }, rewards });
  expect(paid).toMatchObject({ learning: 'ppo', learningReason: 'shapedNow' });
  expect(paid.fork?.worlds).toBe('kept');
  expect(manager.setRewards(paid.id, { handled: 0 }).learning).toBe('self-cloning');
  const asked = await manager.create({ fork: { run }, learning: 'ppo' });
  expect(asked).toMatchObject({ learning: 'ppo', learningReason: 'asked' });
  expect(asked.fork?.worlds).toBe('anew');
});
