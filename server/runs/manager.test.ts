import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import Database from 'libsql';
import { settingsFor } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { sampleReplay } from '../storage/sample.testing.ts';
import { openSqliteStore } from '../storage/sqliteStore.ts';
import { type RunStore, StorageError } from '../storage/store.ts';
import { MAIN_TASK } from '../tasks/index.ts';
import type { DriveOptions } from './driveOptions.ts';
import { launchFake } from './fakeSession.testing.ts';
import { type Launch, localLauncher } from './launcher.ts';
import { type ManagerDeps, RunManager } from './manager.ts';
import { until } from './until.testing.ts';

const FIRST_RUN = MAIN_TASK.firstRun;

const LEVELS = [FIRST_RUN.levelId, 'BabyAI-GoToObj-v0'];
const KINDS = ['crash', 'exits', 'throws', 'nan', 'hangs', 'stalls', 'stops', 'eats'];
const SHIPPED = [
  FIRST_RUN.init,
  'default',
  'nan-fast',
  'unloadable',
  'long',
  ...KINDS.flatMap((kind) => [kind, `${kind}-once`]),
];
const folder = mkdtempSync(path.join(os.tmpdir(), 'manager-test-'));
const managers: RunManager[] = [];
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.shutDown(5)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;
/** Failures that take a process of its own; for all others starting one would only cost time. */
const OF_PROCESSES = /^(crash|exits|hangs|stalls|stops|eats)/;
const inProcesses = localLauncher(
  () => undefined,
  fileURLToPath(new URL('./fakeTrainer.testing.ts', import.meta.url)),
);
const launcherFor = (init: string) => (OF_PROCESSES.test(init) ? inProcesses : launchFake);

function setUp(
  store: RunStore = createMemoryStore(),
  {
    maxActive,
    data,
    wasRestored,
    damagedRuns,
    launch = launchFake,
    ...drive
  }: {
    maxActive?: number;
    data?: string;
    wasRestored?: boolean;
    damagedRuns?: ManagerDeps['damagedRuns'];
    launch?: Launch;
  } & Partial<DriveOptions> = {},
) {
  const checkpoints = new CheckpointFolder(data ?? path.join(folder, String(folders++)));
  const manager = new RunManager({
    store,
    checkpoints,
    launch,
    levelIds: LEVELS,
    shippedCheckpoints: SHIPPED,
    log: () => undefined,
    maxActive,
    wasRestored,
    damagedRuns,
    drive: {
      heartbeatEvery: 0.1,
      silenceLimit: 20,
      stallLimit: 20,
      restartDelay: 0.05,
      retryEvery: 0.1,
      ...drive,
    },
  });
  managers.push(manager);
  return { manager, store, checkpoints };
}

test('with nothing stored, the default run begins to learn by itself', async () => {
  const { manager, store } = setUp();
  await manager.startUp();
  const [run] = manager.list();
  expect(run).toMatchObject({ levelId: FIRST_RUN.levelId, init: FIRST_RUN.init });
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

test('a run stored before a setting came goes on as it was', async () => {
  const { manager, store } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await manager.pause(id);
  const stored = store.listRuns()[0];
  const { valueShare: _later, ...settings } = stored.info.settings;
  store.putRun({ ...stored, info: { ...stored.info, settings: settings as never } });
  const { manager: next } = setUp(store);
  expect(next.get(id).settings).toEqual({ ...stored.info.settings, valueShare: 1 });
});

test('how a run from the taught policy learns follows what is paid, where nobody chose', async () => {
  const { manager, store } = setUp();
  const rewards = { handled: 0.2 };
  const usual = await manager.create({ levelId: LEVELS[0], init: 'default' });
  expect(usual).toMatchObject({ learning: 'self-cloning', learningReason: 'missionOnly' });
  expect(usual.settings).toEqual(settingsFor('default', 'self-cloning'));
  const byReward = manager.setRewards(usual.id, rewards);
  expect(byReward).toMatchObject({ learning: 'ppo', learningReason: 'shapedNow' });
  expect(byReward.message).toMatch(/^Learns by PPO, because more than the mission is paid now/);
  expect(store.getRun(usual.id)?.info).toMatchObject({ learning: 'ppo' });
  // Settings of the way that it learns in now are taken, the others refused.
  expect(() => manager.setSettings(usual.id, { patience: 2 })).toThrow(/learns by ppo/);
  const back = manager.setRewards(usual.id, { handled: 0 });
  expect(back).toMatchObject({ learning: 'self-cloning', learningReason: 'missionOnly' });
  // What was chosen stays.
  const asked = await manager.create({
    ...{ levelId: LEVELS[0], init: 'default', learning: 'self-cloning' as const },
  });
  const told = manager.setRewards(asked.id, rewards);
  expect(told).toMatchObject({ learning: 'self-cloning', learningReason: 'asked' });
  expect(told.message).toMatch(/as was asked for/);
  const shaped = await manager.create({ levelId: LEVELS[0], init: 'default', rewards });
  expect(shaped).toMatchObject({ learning: 'ppo', learningReason: 'shaped' });
  expect(shaped.settings).toEqual(settingsFor('default'));
  expect(manager.setRewards(shaped.id, { handled: 0 })).toMatchObject({ learning: 'ppo' });
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
  const { id } = await manager.create({
    ...{ levelId: LEVELS[0], learning: 'ppo' as const, settings: { learningRate: 0.001 } },
  });
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
  const { id, settings } = await manager.create({ levelId: LEVELS[0] });
  expect(() => manager.setSettings(id, { environments: 8 })).toThrow(
    `settings.environments can only be chosen when a run is created; it is ${settings.environments} in this one`,
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
  expect(manager.list().map(({ status }) => status)).toEqual(['running', 'running']);
});

test.each([
  ['crash', /The trainer was killed .* at step 200\. Resume goes on from the last checkpoint/],
  ['exits', /The trainer exited with code 3 at step 200/],
  ['throws', /The trainer failed: shapes \[2,3\] and \[4\] do not match/],
  ['unloadable', /The trainer failed: the checkpoint is of another version/],
])(
  'where a trainer that %s is not started again, its run fails in plain words and the others go on',
  async (init, message) => {
    const { manager, store } = setUp(undefined, {
      maxActive: 2,
      restarts: 0,
      launch: launcherFor(init),
    });
    const good = await manager.create({ levelId: LEVELS[0] });
    const { id } = await manager.create({ levelId: LEVELS[0], init });
    const failed = await until(manager, id, (run) => run.status === 'failed');
    expect(failed.message).toMatch(message);
    expect(store.getRun(id)).toMatchObject({ wanted: 'idle', info: { status: 'failed' } });
    const { updates } = manager.get(good.id);
    await until(manager, good.id, (run) => run.updates > updates);
  },
);

const missesNothing = async (init: string, drive: Partial<DriveOptions>, message: RegExp) => {
  const { manager, store } = setUp(undefined, {
    ...drive,
    noticeFor: 1,
    launch: launcherFor(init),
  });
  const episodes: string[] = [];
  manager.on('episode', (_id, replay) => episodes.push(replay.id));
  const { id } = await manager.create({ levelId: LEVELS[0], init });
  const told = await until(manager, id, (run) => run.status === 'running' && !!run.message);
  expect(told.message).toMatch(message);
  const later = await until(manager, id, (run) => run.updates >= 6 && !run.message);
  expect(later.status).toBe('running');
  expect(store.points(id, 100).map((point) => point.updates)).toEqual(
    Array.from({ length: manager.get(id).updates }, (_, index) => index + 1),
  );
  // That of the update which was lost was told before it was, and not again when it was made again.
  expect(episodes.slice(0, 3)).toEqual([`${id}-1`, `${id}-2`, `${id}-3`]);
  expect(new Set(episodes).size).toBe(episodes.length);
};

test.each([
  ['crash-once', {}, /was killed .* at step 200\. It was started again/],
  ['exits-once', {}, /exited with code 3 at step 200\. It was started again/],
  ['throws-once', {}, /shapes .* do not match It was started again/],
  [
    'eats-once',
    { memoryLimit: 600e6 },
    /took \d+ MB of memory, more than the 600 MB that it may, and was ended at step 200/,
  ],
])(
  'a run whose trainer %s goes on by itself, says so for a while, and misses no update',
  missesNothing,
);

test('so does one whose trainer hangs, is stopped or stalls', async () => {
  const silent = /gave no sign of life for \d+ s and was ended at step 200/;
  // At the same time: each waits for its limit, which a slow start must not pass. On a busy machine a trainer may stand
  // still for a while before it falls silent.
  const limits = { silenceLimit: 12, stallLimit: 600 };
  await Promise.all([
    missesNothing('hangs-once', limits, silent),
    missesNothing('stops-once', limits, silent),
    missesNothing('stalls-once', { stallLimit: 12 }, /made no progress for \d+ s and was ended/),
  ]);
});

test('one that fails again and again is given up after some tries', async () => {
  const { manager } = setUp(undefined, { restarts: 2, launch: inProcesses });
  const { id } = await manager.create({ levelId: LEVELS[0], init: 'crash' });
  const failed = await until(manager, id, (run) => run.status === 'failed');
  expect(failed.message).toMatch(
    /was killed .* Twice it was started again without finishing an update\. Resume goes on from the last checkpoint, at step 200/,
  );
});

test('what diverged is rolled back and goes on with half the learning rate, marked in the log', async () => {
  const { manager, store, checkpoints } = setUp();
  const { id } = await manager.create({
    levelId: LEVELS[0],
    init: 'nan-fast',
    settings: { learningRate: 0.0008 },
  });
  const told = await until(manager, id, (run) => run.updates >= 3);
  expect(told.message).toMatch(
    /Training diverged: “Policy loss” became NaN at step 100\. It was rolled back .* half the learning rate/,
  );
  expect(told.settings.learningRate).toBe(0.0002);
  const rates = store
    .changes(id)
    .map(({ envSteps, changes: [{ from, to }] }) => [envSteps, from, to]);
  expect(rates).toEqual([
    [0, 0.0008, 0.0004],
    [0, 0.0004, 0.0002],
  ]);
  for (const { values } of store.points(id, 100)) expect(values.learningRate).toBe(0.0002);
  expect((await checkpoints.newestGood(id))?.settings?.learningRate).toBe(0.0002);
});

test('what diverges whatever is done is paused with its last good checkpoint', async () => {
  const { manager, checkpoints } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0], init: 'nan' });
  const failed = await until(manager, id, (run) => run.status === 'failed');
  expect(failed.message).toMatch(
    /diverged: “Policy loss” became NaN at step 300\. 3 times it was rolled back .* in vain\. Lower the learning rate/,
  );
  expect((await checkpoints.newestGood(id))!.updates).toBe(2);
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
  const first = await manager.create({ levelId: LEVELS[0], preset: 'small', init: 'scratch' });
  await until(manager, first.id, (run) => run.updates >= 1);
  await manager.stop(first.id);
  const second = await manager.create({ levelId: LEVELS[1], init: first.id });
  // The size is read from the checkpoint (policyAskedFor.test.ts), and the fake one holds no policy.
  expect(second.init).toBe(first.id);
  await until(manager, second.id, (run) => run.updates >= 1);
});

test.each([
  [
    { levelId: 'BabyAI-Nope-v0' },
    'levelId',
    /levelId is "BabyAI-Nope-v0"; accepted: an id that .*BabyAI-/,
  ],
  [
    { levelId: LEVELS[0], curriculum: [LEVELS[1], 'BabyAI-Nope-v0'] },
    'curriculum',
    /curriculum is "BabyAI-Nope-v0"; accepted: an id that .*BabyAI-/,
  ],
  [
    { levelId: LEVELS[0], init: 'nope' },
    'init',
    /init is "nope"; accepted: "scratch", "rooms", "default"/,
  ],
])('refuses %j, naming the field', async (request, field, message) => {
  const { manager } = setUp();
  await expect(manager.create(request)).rejects.toMatchObject({
    code: 'bad-request',
    field,
    message: expect.stringMatching(message),
  });
  expect(manager.list()).toEqual([]);
});

test('settings are weighed together before a run or a change is accepted', async () => {
  const { manager } = setUp(undefined, { memoryLimit: 10e9 });
  const huge = { environments: 4096, rolloutSteps: 1024 };
  await expect(
    manager.create({ levelId: LEVELS[0], init: 'scratch', settings: huge }),
  ).rejects.toMatchObject({
    code: 'bad-request',
    details: { field: 'settings' },
    message: expect.stringMatching(/plays 4,194,304 steps and takes about .* accepted: up to/),
  });
  expect(manager.list()).toEqual([]);
  const { id } = await manager.create({
    levelId: LEVELS[0],
    init: 'scratch',
    preset: 'paper',
    settings: { environments: 64, rolloutSteps: 32, epochs: 1 },
  });
  const warned = await until(manager, id, ({ message }) => message !== undefined);
  expect(warned.message).toMatch(/plays 2,048 steps and takes about \d+ min, .* can be paused/);
  expect(() => manager.setSettings(id, { epochs: 20, evalEpisodes: 10_000 })).toThrow(
    /takes about \d+ (min|hours), its .* accepted: up to 30 min\. Fewer/,
  );
  expect(manager.get(id).settings.epochs).toBe(1);
});

test('unknown runs and forgotten episodes are not found', async () => {
  const { manager } = setUp();
  await expect(manager.pause('run-x')).rejects.toMatchObject({ code: 'not-found', field: 'runId' });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  expect(() => manager.archive.episode(id, 'old')).toThrow(/no longer kept/);
});

test('viewers are offered a few episodes a second, each of which can then be recorded', async () => {
  const { manager } = setUp();
  const offered: string[] = [];
  manager.on('episode', (_id, replay) => offered.push(replay.id));
  const begun = performance.now();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 40);
  const waited = (performance.now() - begun) / 1000;
  const { seconds } = manager.get(id);
  expect(offered.length).toBeGreaterThanOrEqual(4);
  // Four at once and four a second, however long a busy machine took for the updates.
  expect(offered.length).toBeLessThanOrEqual(4 + 4 * waited);
  expect(seconds).toBeGreaterThan(0);
  for (const episodeId of offered)
    expect(manager.archive.episode(id, episodeId).id).toBe(episodeId);
  expect(manager.archive.snapshot(id).episodes.at(-1)?.id).toBe(offered.at(-1));
});

test('an episode is told when it ends, before the update that it belongs to', async () => {
  const { manager } = setUp();
  const told: string[] = [];
  manager.on('episode', (_id, replay) => told.push(replay.id));
  manager.on('point', (runId, { updates }) => told.push(`update of ${runId}-${updates}`));
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 2);
  expect(told.slice(0, 4)).toEqual([
    `${id}-1`,
    `update of ${id}-1`,
    `${id}-2`,
    `update of ${id}-2`,
  ]);
});

test('while the store takes nothing the run waits and says why; nothing is lost', async () => {
  const store = createMemoryStore();
  const { manager } = setUp(store);
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  const told: number[] = [];
  manager.on('point', (_id, point) => told.push(point.updates));
  const { putUpdate } = store;
  store.putUpdate = () => {
    throw new StorageError('Could not save the measurements: disk is full.');
  };
  const paused = await until(manager, id, (run) => run.status === 'paused');
  expect(paused.message).toMatch(
    /Paused: Could not save the measurements: disk is full.*by itself/,
  );
  expect(store.getRun(id)?.wanted).toBe('running');
  const before = told.length;
  await sleep(500);
  expect(told).toHaveLength(before);
  store.putUpdate = putUpdate;
  const { updates } = manager.get(id);
  const later = await until(manager, id, (run) => run.updates > updates + 2);
  expect(later).toMatchObject({ status: 'running', message: undefined });
  expect(store.points(id, 100).map((point) => point.updates)).toEqual(
    Array.from({ length: manager.get(id).updates }, (_, index) => index + 1),
  );
});

test('a wish that cannot be written is done, said to be unwritten, and written later', async () => {
  const store = createMemoryStore();
  const { manager } = setUp(store);
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  const { putRun } = store;
  store.putRun = () => {
    throw new StorageError('Could not save the run: disk is full.');
  };
  await expect(manager.stop(id)).rejects.toThrow(
    /is stopped now, but that could not be written down: Could not save the run: disk is full/,
  );
  expect(manager.get(id).status).toBe('stopped');
  expect(store.getRun(id)?.info.status).not.toBe('stopped');
  store.putRun = putRun;
  await until(manager, id, (run) => run.message === undefined);
  expect(store.getRun(id)).toMatchObject({ wanted: 'idle', info: { status: 'stopped' } });
  expect((await manager.stop(id)).status).toBe('stopped');
});

test('where a command takes longer than a second, the answer says what is to come', async () => {
  // The system itself is slow to end the trainer.
  const launch: Launch = () => {
    const handle = inProcesses();
    return { ...handle, kill: () => void setTimeout(() => handle.kill(), 1500) };
  };
  const { manager } = setUp(undefined, { launch });
  const { id } = await manager.create({ levelId: LEVELS[0], init: 'hangs' });
  await until(manager, id, (run) => run.updates >= 2);
  // Its third update never ends.
  await sleep(300);
  expect(await manager.pause(id)).toMatchObject({ status: 'running', pending: 'pause' });
  expect(await manager.stop(id)).toMatchObject({ status: 'running', pending: 'stop' });
  expect(await manager.delete(id)).toBe(false);
  await expect(manager.resume(id)).rejects.toThrow(/is being deleted/);
  await manager.shutDown(0);
  expect(manager.list()).toEqual([]);
});

test('a long update is held where it is, goes on there, and is given up for a stop', async () => {
  const { manager } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0], init: 'long' });
  const changes: SettingsChange[] = [];
  manager.on('changed', (_id, change) => changes.push(change));
  await until(manager, id, (run) => run.updates === 2);
  await sleep(300);
  const paused = await manager.pause(id);
  expect(paused).toMatchObject({ status: 'paused', updates: 2 });
  expect(paused.pending).toBeUndefined();
  expect(paused.message).toBeUndefined();
  expect(paused.midway).toBeGreaterThanOrEqual(0);
  expect(paused.midway).toBeLessThan(1);
  // Its rollout has begun with the rewards of before.
  manager.setRewards(id, { bump: 0.5 });
  expect(changes).toEqual([]);
  expect(await manager.resume(id)).toMatchObject({ status: 'running' });
  await until(manager, id, (run) => run.updates >= 4);
  expect(manager.get(id).midway).toBeUndefined();
  expect(changes).toMatchObject([{ kind: 'rewards', envSteps: 300 }]);

  const { id: other } = await manager.create({ levelId: LEVELS[0], init: 'long' });
  await until(manager, other, (run) => run.updates === 2);
  await sleep(300);
  expect(await manager.stop(other)).toMatchObject({ status: 'stopped', updates: 2 });
  expect(manager.get(other).pending).toBeUndefined();
  await manager.resume(other);
  await until(manager, other, (run) => run.updates >= 3);
  await manager.pause(other);
  expect(await manager.delete(other)).toBe(true);
});

test('what gets on is not taken for hung, however long its update takes', async () => {
  const { manager } = setUp(undefined, { stallLimit: 1 });
  const { id } = await manager.create({ levelId: LEVELS[0], init: 'long' });
  const messages = new Set<string | undefined>();
  manager.on('state', ({ message }) => messages.add(message));
  await until(manager, id, (run) => run.updates >= 4);
  expect([...messages]).toEqual([undefined]);
});

test('runs that a restored database lacks are rebuilt from their checkpoints', async () => {
  const data = path.join(folder, 'rebuilt');
  const { manager } = setUp(undefined, { data });
  const { id } = await manager.create({ levelId: LEVELS[0], name: 'Lost and found' });
  await until(manager, id, (run) => run.updates >= 3);
  manager.setRewards(id, { bump: 0.25 });
  await manager.pause(id);
  const before = manager.get(id);
  const store = createMemoryStore();
  const { manager: next } = setUp(store, { data, wasRestored: true });
  await next.startUp();
  const rebuilt = next.list().find((run) => run.id === id);
  expect(rebuilt).toMatchObject({
    name: 'Lost and found',
    levelId: LEVELS[0],
    seed: before.seed,
    status: 'paused',
    updates: before.updates,
    envSteps: before.envSteps,
    message: expect.stringMatching(/rebuilt from its checkpoints/),
  });
  expect(store.points(id, 9).length).toBeGreaterThan(0);
  await next.resume(id);
  await until(next, id, (run) => run.updates > before.updates);
});

test('a change that nobody got to make waits for the step that was told, however far the run goes back', async () => {
  const store = createMemoryStore();
  const data = path.join(folder, 'further-back');
  const { manager, checkpoints } = setUp(store, { data });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 4);
  await manager.shutDown();
  const stored = store.getRun(id)!;
  const { envSteps, settings } = stored.info;
  // Acknowledged, and the server died before the trainer took it up.
  const wanted = { ...settings, learningRate: 0.002 };
  store.putRun({ ...stored, wanted: 'running', info: { ...stored.info, settings: wanted } });
  const [newest] = checkpoints.list(id);
  writeFileSync(newest.file, 'damaged');
  const { manager: next } = setUp(store, { data });
  await next.startUp();
  await until(next, id, (run) => run.envSteps > envSteps);
  expect(newest.envSteps).toBe(envSteps);
  expect(store.changes(id)).toMatchObject([{ envSteps, changes: [{ to: 0.002 }] }]);
  expect(next.get(id).settings.learningRate).toBe(0.002);
});

test('a change made before it is known what was saved is logged after that', async () => {
  const store = createMemoryStore();
  const data = path.join(folder, 'untold');
  const { manager, checkpoints } = setUp(store, { data });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 3);
  await manager.shutDown();
  const [newest] = checkpoints.list(id);
  const { info } = store.getRun(id)!;
  // The newest update is saved, and the server died before it was told of it.
  const [, told] = store.points(id, 2).reverse();
  store.dropPointsAfter(id, told.updates);
  const { updates, envSteps, episodes, seconds } = told;
  const row = { ...info, updates, envSteps, episodes, seconds, status: 'running' as const };
  store.putRun({ ...store.getRun(id)!, wanted: 'running', info: row });
  const { manager: next } = setUp(store, { data });
  const begun = next.startUp();
  next.setSettings(id, { learningRate: 0.002 });
  await begun;
  await until(next, id, (run) => run.updates > newest.updates);
  expect(store.changes(id)).toMatchObject([
    { envSteps: newest.envSteps, changes: [{ to: 0.002 }] },
  ]);
});

test('a run whose row is damaged goes on from its checkpoint, and what is lost is named', async () => {
  const store = openSqliteStore(path.join(folder, 'row.db'));
  const data = path.join(folder, 'row');
  const { manager } = setUp(store, { data });
  const { id } = await manager.create({ levelId: LEVELS[0], name: 'First name' });
  manager.setSettings(id, { learningRate: 0.002 });
  await until(manager, id, (run) => run.updates >= 3);
  const lone = await manager.create({ levelId: LEVELS[0] });
  manager.setSettings(lone.id, { learningRate: 0.002 });
  await manager.shutDown();
  const before = manager.get(id);
  store.close();
  rmSync(path.join(data, lone.id), { recursive: true });
  const db = new Database(path.join(folder, 'row.db'));
  // A digit that is another one leaves JSON that would be believed.
  db.exec(`UPDATE runs SET wanted = 'running', info = replace(info, '0.002', '0.902')`);
  db.close();
  const notes: string[] = [];
  const again = openSqliteStore(path.join(folder, 'row.db'), (note) => notes.push(note));
  expect(again.damagedRuns.map((run) => run.id).sort()).toEqual([id, lone.id].sort());
  expect(notes.join()).toMatch(`Run ${id} is damaged`);
  const { manager: next } = setUp(again, { data, damagedRuns: again.damagedRuns });
  const messages: (string | undefined)[] = [];
  next.on('state', ({ message }) => messages.push(message));
  await next.startUp();
  const later = await until(next, id, (run) => run.updates > before.updates);
  expect(later).toMatchObject({
    name: 'First name',
    seed: before.seed,
    settings: before.settings,
    note: expect.stringMatching(/rebuilt from its checkpoint at step \d+.*are lost/),
  });
  expect(messages.join()).toMatch(/rebuilt from its checkpoint at step/);
  expect(again.points(id, 99)[0]).toMatchObject({ updates: 1 });
  expect(next.list()).toHaveLength(1);
  await next.shutDown();
  again.close();
});

test('a run whose checkpoint is away while it loads is tried again, not given up', async () => {
  const store = createMemoryStore();
  const data = path.join(folder, 'away');
  const { manager } = setUp(store, { data });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 3);
  await manager.shutDown();
  const before = manager.get(id);
  let isFirst = true;
  const launch: Launch = () => {
    const handle = launchFake();
    if (!isFirst) return handle;
    isFirst = false;
    renameSync(data, `${data}-away`);
    const { onExit } = handle;
    handle.onExit = (listener) =>
      onExit((reason) => {
        listener(reason);
        renameSync(`${data}-away`, data);
      });
    return handle;
  };
  const { manager: next } = setUp(store, { data, launch });
  const statuses = new Set<string>();
  next.on('state', ({ status }) => statuses.add(status));
  await next.startUp();
  await until(next, id, (run) => run.updates > before.updates);
  expect([isFirst, statuses.has('failed')]).toEqual([false, false]);
});

test('while checkpoints cannot be saved the run waits, says why, and goes on where it was', async () => {
  const data = path.join(folder, 'gone-bad');
  const { manager, checkpoints } = setUp(undefined, { data });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  // Paused, it writes nothing meanwhile.
  const before = await manager.pause(id);
  rmSync(path.join(data, id), { recursive: true });
  writeFileSync(path.join(data, id), 'a file where a folder should be');
  await manager.resume(id);
  const held = await until(manager, id, (run) => !!run.message && run.status === 'paused');
  expect(held.message).toMatch(/Paused: Could not save a checkpoint.*goes on by itself/);
  expect(held.updates).toBe(before.updates);
  rmSync(path.join(data, id));
  const later = await until(manager, id, (run) => run.updates > before.updates + 2);
  expect(later).toMatchObject({ status: 'running', message: undefined });
  expect((await checkpoints.newestGood(id))!.updates).toBeGreaterThan(before.updates);
});

test('what a trainer had saved but not told when its server died is taken over', async () => {
  const store = createMemoryStore();
  const data = path.join(folder, 'untold');
  const { manager, checkpoints } = setUp(store, { data });
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 2);
  await manager.stop(id);
  const { updates, settings } = manager.get(id);
  const point = { ...store.points(id, 100).at(-1)!, updates: updates + 1, envSteps: 7777 };
  const change: SettingsChange = {
    envSteps: 7700,
    seconds: 1,
    at: 5,
    kind: 'settings',
    changes: [{ id: 'learningRate', from: settings.learningRate, to: 0.002 }],
  };
  const episodes = [sampleReplay('untold-episode')];
  await checkpoints.write(
    {
      runId: id,
      updates: updates + 1,
      envSteps: 7777,
      settings: { ...settings, learningRate: 0.002 },
      report: { point, episodes, changes: [change] },
    },
    async (file) => {
      writeFileSync(file, JSON.stringify({ updates: updates + 1, kind: 'default' }));
      return { weightsHash: 'x' };
    },
  );
  await manager.resume(id);
  await until(manager, id, (run) => run.updates > updates + 1);
  expect(store.points(id, 100)).toContainEqual(point);
  expect(store.changes(id)).toContainEqual(change);
  expect(manager.archive.episode(id, 'untold-episode')).toEqual(episodes[0]);
});

test('episodes that were shown can be recorded after a restart', async () => {
  const store = createMemoryStore();
  const { manager } = setUp(store);
  const { id } = await manager.create({ levelId: LEVELS[0] });
  const replay: Replay = await new Promise((resolve) =>
    manager.once('episode', (_id, episode) => resolve(episode)),
  );
  await manager.shutDown();
  const again = setUp(store).manager;
  expect(again.archive.episode(id, replay.id)).toEqual(replay);
  expect(again.archive.snapshot(id).episodes.length).toBeGreaterThan(0);
});

test('deletes what does not train, with all its files', async () => {
  const { manager, store, checkpoints } = setUp();
  const { id } = await manager.create({ levelId: LEVELS[0] });
  await until(manager, id, (run) => run.updates >= 1);
  await expect(manager.delete(id)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/is training; stop it/),
  });
  await manager.pause(id);
  const removed = new Promise((resolve) => manager.once('removed', resolve));
  await manager.delete(id);
  expect(await removed).toBe(id);
  expect(manager.list()).toEqual([]);
  expect(store.listRuns()).toEqual([]);
  expect(readdirSync(checkpoints.folder)).toEqual([]);
  await expect(manager.delete(id)).rejects.toMatchObject({ code: 'not-found' });
});

test('runs keep their order where the clock goes back', async () => {
  const { manager, store } = setUp(undefined, { maxActive: 3 });
  const first = await manager.create({ levelId: LEVELS[0] });
  const now = Date.now;
  try {
    Date.now = () => now() - 3_600_000;
    const second = await manager.create({ levelId: LEVELS[0] });
    await until(manager, second.id, (run) => run.updates >= 2);
    manager.setSettings(second.id, { learningRate: 0.002 });
    await until(manager, second.id, () => store.changes(second.id).length > 0);
    expect(manager.list().map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(store.listRuns().map(({ info }) => info.id)).toEqual([second.id, first.id]);
    await until(manager, first.id, (run) => run.updates > first.updates + 2);
  } finally {
    Date.now = now;
  }
});
