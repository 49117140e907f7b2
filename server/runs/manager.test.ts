import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RunInfo, SettingsChange } from '../../shared/protocol.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import type { RunStore } from '../storage/store.ts';
import { localLauncher } from './launcher.ts';
import { DEFAULT_RUN, RunManager } from './manager.ts';

const LEVELS = [DEFAULT_RUN.levelId, 'BabyAI-GoToObj-v0'];
const SHIPPED = ['default', 'crash', 'exits', 'throws', 'nan', 'hangs', 'stalls', 'unloadable'];
const folder = mkdtempSync(path.join(os.tmpdir(), 'manager-test-'));
const managers: RunManager[] = [];
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.shutDown(5)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;

function setUp(
  store: RunStore = createMemoryStore(),
  options: { maxActive?: number; silenceLimit?: number; stallLimit?: number; data?: string } = {},
) {
  const checkpoints = new CheckpointFolder(options.data ?? path.join(folder, String(folders++)));
  const entry = fileURLToPath(new URL('./fakeTrainer.testing.ts', import.meta.url));
  const manager = new RunManager({
    store,
    checkpoints,
    launch: localLauncher(() => undefined, entry),
    levelIds: LEVELS,
    shippedCheckpoints: SHIPPED,
    log: () => undefined,
    maxActive: options.maxActive,
    drive: {
      saveEvery: 0.05,
      heartbeatEvery: 0.1,
      silenceLimit: options.silenceLimit ?? 20,
      stallLimit: options.stallLimit ?? 20,
    },
  });
  managers.push(manager);
  return { manager, store, checkpoints };
}

/** Resolves with the run's state once `condition` holds for it. */
function until(
  manager: RunManager,
  runId: string,
  condition: (run: RunInfo) => boolean,
): Promise<RunInfo> {
  return new Promise((resolve) => {
    const check = (run: RunInfo) => {
      if (run.id !== runId || !condition(run)) return;
      manager.off('state', check);
      resolve(run);
    };
    manager.on('state', check);
    check(manager.get(runId));
  });
}

test('with nothing stored, the default run begins to learn by itself', async () => {
  const { manager, store } = setUp();
  await manager.startUp();
  const [run] = manager.list();
  expect(run).toMatchObject({ levelId: DEFAULT_RUN.levelId, init: 'default' });
  const later = await until(manager, run.id, (state) => state.updates >= 3);
  expect(later).toMatchObject({
    status: 'running',
    parameters: 3,
    success: 0.5,
    evalSuccess: 0.25,
  });
  expect(manager.defaultRunId).toBe(run.id);
  expect(store.points(run.id, 10).length).toBeGreaterThanOrEqual(3);
});

test('pauses after an update, saves, and goes on from there', async () => {
  const { manager, checkpoints } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 2);
  const paused = await manager.pause(id);
  expect(paused.status).toBe('paused');
  expect((await checkpoints.newestGood(id))?.updates).toBe(paused.updates);
  expect(manager.get(id).updates).toBe(paused.updates);
  const resumed = await manager.resume(id);
  expect(resumed.status).toBe('running');
  const next: MetricPoint = await new Promise((resolve) =>
    manager.once('point', (_id, point) => resolve(point)),
  );
  expect(next.updates).toBe(paused.updates + 1);
});

test('a stopped run keeps its checkpoint and can be taken up again', async () => {
  const { manager, store } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 2);
  const stopped = await manager.stop(id);
  expect(stopped.status).toBe('stopped');
  expect(store.getRun(id)?.wanted).toBe('idle');
  await manager.resume(id);
  await until(manager, id, (run) => run.status === 'running' && run.updates > stopped.updates);
  expect(store.points(id, 100).map((point) => point.updates)).toEqual(
    Array.from({ length: manager.get(id).updates }, (_, index) => index + 1),
  );
});

test('new settings take effect at the next rollout and are logged there', async () => {
  const { manager, store } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0], settings: { learningRate: 0.001 } });
  await until(manager, id, (run) => run.updates >= 1);
  const logged = new Promise<SettingsChange>((resolve) =>
    manager.once('changed', (_id, change) => resolve(change)),
  );
  const after = manager.setSettings(id, { learningRate: 0.002, gamma: 0.99 });
  expect(after.settings.learningRate).toBe(0.002);
  const change = await logged;
  expect(change).toMatchObject({
    kind: 'settings',
    changes: [{ id: 'learningRate', from: 0.001, to: 0.002 }],
  });
  await until(manager, id, (run) => run.envSteps > change.envSteps);
  const points = store.points(id, 100);
  for (const point of points)
    expect(point.values.learningRate).toBe(point.envSteps > change.envSteps ? 0.002 : 0.001);
  expect(store.changes(id)).toEqual([change]);
});

test('rewards changed while paused are logged at once and hold when it goes on', async () => {
  const { manager, store } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  const paused = await manager.pause(id);
  manager.setRewards(id, { bump: 0.05 });
  expect(store.changes(id)).toMatchObject([{ kind: 'rewards', envSteps: paused.envSteps }]);
  await manager.resume(id);
  await until(manager, id, (run) => run.envSteps > paused.envSteps);
  expect(store.points(id, 100).at(-1)?.values.return).toBe(0.05);
  expect(store.changes(id)).toHaveLength(1);
});

test('settings that are fixed at creation are refused later, by name', async () => {
  const { manager } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  expect(() => manager.setSettings(id, { environments: 8 })).toThrow(
    /settings\.environments can only be chosen when a run is created; it is 64/,
  );
});

test('a second run pauses the first', async () => {
  const { manager } = setUp();
  const first = await manager.create({ levelId: LEVELS[0] });
  await until(manager, first.id, (run) => run.updates >= 1);
  const second = await manager.create({ levelId: LEVELS[1], init: 'scratch' });
  expect(manager.defaultRunId).toBe(second.id);
  await until(manager, first.id, (run) => run.status === 'paused');
  await until(manager, second.id, (run) => run.updates >= 1);
});

test('two may train side by side where that is allowed', async () => {
  const { manager } = setUp(undefined, { maxActive: 2 });
  const first = await manager.create({ levelId: LEVELS[0] });
  const second = await manager.create({ levelId: LEVELS[0] });
  await until(manager, second.id, (run) => run.updates >= 2);
  const { updates } = manager.get(first.id);
  await until(manager, first.id, (run) => run.updates > updates && run.status === 'running');
});

test.each([
  ['crash', /The trainer was killed .* at step 200\. Resume goes on from the last checkpoint/],
  ['exits', /The trainer exited with code 3 at step 200/],
  ['throws', /The trainer failed: shapes \[2,3\] and \[4\] do not match/],
  ['nan', /Training diverged: “Policy loss” became NaN at step 300\. Lower the learning rate/],
  ['unloadable', /The trainer failed: the checkpoint is of another version/],
])('a trainer that %s fails its run in plain words; the others go on', async (init, message) => {
  const { manager, store } = setUp(undefined, { maxActive: 2 });
  const good = await manager.create({ levelId: LEVELS[0] });
  const { id } = await manager.create({ levelId: LEVELS[0], init });
  const failed = await until(manager, id, (run) => run.status === 'failed');
  expect(failed.message).toMatch(message);
  expect(store.getRun(id)).toMatchObject({ wanted: 'idle', info: { status: 'failed' } });
  const { updates } = manager.get(good.id);
  await until(manager, good.id, (run) => run.updates > updates);
});

test('what diverged is not saved: resuming goes on from before', async () => {
  const { manager, checkpoints } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0], init: 'nan' });
  await until(manager, id, (run) => run.status === 'failed');
  expect((await checkpoints.newestGood(id))!.updates).toBeLessThan(3);
});

test.each([
  ['hangs', { silenceLimit: 12 }, /gave no sign of life for \d+ s and was ended at step 200/],
  ['stalls', { stallLimit: 12 }, /finished no update for \d+ s and was ended at step 200/],
])('a trainer that %s is noticed and ended', async (init, limits, message) => {
  const { manager } = setUp(undefined, limits);
  const { id } = await manager.create({ levelId: LEVELS[0], init });
  const failed = await until(manager, id, (run) => run.status === 'failed');
  expect(failed.message).toMatch(message);
});

test('after the server ends, the run goes on where it was, with one point for each update', async () => {
  const store = createMemoryStore();
  const data = path.join(folder, 'restart');
  const before = setUp(store, { data }).manager;
  const { id } = await before.create({ levelId: LEVELS[0] });
  await until(before, id, (run) => run.updates >= 3);
  await before.shutDown();
  const left = before.get(id);
  expect(left).toMatchObject({ status: 'paused', message: expect.stringMatching(/shutting down/) });
  expect(store.getRun(id)?.wanted).toBe('running');
  const after = setUp(store, { data }).manager;
  await after.startUp();
  const later = await until(
    after,
    id,
    (run) => run.status === 'running' && run.updates > left.updates,
  );
  expect(later.message).toBeUndefined();
  expect(store.points(id, 100).map((point) => point.updates)).toEqual(
    Array.from({ length: after.get(id).updates }, (_, index) => index + 1),
  );
  expect(after.list()).toHaveLength(1);
});

test('a damaged newest checkpoint costs some updates, not the run', async () => {
  const { manager, checkpoints } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 8);
  await manager.stop(id);
  const [newest, second] = checkpoints.list(id);
  writeFileSync(newest.file, 'x');
  const resumed = await manager.resume(id);
  expect(resumed.updates).toBe(second.updates);
  await until(manager, id, (run) => run.updates > newest.updates);
});

test('a new run may begin from another run’s checkpoint, and says so', async () => {
  const { manager } = setUp();
  const first = await manager.create({ levelId: LEVELS[0], preset: 'small' });
  await until(manager, first.id, (run) => run.updates >= 1);
  await manager.stop(first.id);
  const second = await manager.create({ levelId: LEVELS[1], init: first.id });
  expect(second).toMatchObject({ init: first.id, preset: 'small' });
  await until(manager, second.id, (run) => run.updates >= 1);
});

test.each([
  [
    { levelId: 'BabyAI-Nope-v0' },
    'levelId',
    /levelId is "BabyAI-Nope-v0"; accepted: an id that .*BabyAI-/,
  ],
  [{ levelId: LEVELS[0], init: 'nope' }, 'init', /init is "nope"; accepted: "scratch", "default"/],
])('refuses %j, naming the field', async (request, field, message) => {
  const { manager } = setUp();
  await expect(manager.create(request)).rejects.toMatchObject({
    code: 'bad-request',
    field,
    message: expect.stringMatching(message),
  });
  expect(manager.list()).toEqual([]);
});

test('unknown runs and forgotten episodes are not found', async () => {
  const { manager } = setUp();
  await expect(manager.pause('run-x')).rejects.toMatchObject({ code: 'not-found', field: 'runId' });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  expect(() => manager.episode(id, 'old')).toThrow(/no longer kept/);
});

test('viewers are offered a few episodes a second, each of which can then be recorded', async () => {
  const { manager } = setUp();
  const offered: string[] = [];
  manager.on('episode', (_id, replay) => offered.push(replay.id));
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 40);
  const { seconds } = manager.get(id);
  expect(offered.length).toBeGreaterThanOrEqual(4);
  expect(offered.length).toBeLessThan(40);
  expect(seconds).toBeGreaterThan(0);
  for (const episodeId of offered) expect(manager.episode(id, episodeId).id).toBe(episodeId);
  expect(manager.snapshot(id).episodes.at(-1)?.id).toBe(offered.at(-1));
});

test('a full or broken disk pauses the run and says why', async () => {
  const store = createMemoryStore();
  const { manager } = setUp(store);
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  store.putUpdate = () => {
    throw new Error('Could not save the measurements: disk is full.');
  };
  const paused = await until(manager, id, (run) => run.status === 'paused');
  expect(paused.message).toMatch(/Paused: Could not save the measurements: disk is full/);
});

test('a checkpoint folder that went bad is told, and training goes on', async () => {
  const data = path.join(folder, 'gone-bad');
  const { manager } = setUp(undefined, { data });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  // Paused, it writes nothing meanwhile.
  await manager.pause(id);
  rmSync(path.join(data, id), { recursive: true });
  writeFileSync(path.join(data, id), 'a file where a folder should be');
  await manager.resume(id);
  const warned = await until(manager, id, (run) => run.message !== undefined);
  expect(warned.message).toMatch(/Could not save a checkpoint/);
  await until(manager, id, (run) => run.updates > warned.updates);
  expect(readdirSync(data)).toEqual([id]);
});
