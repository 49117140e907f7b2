import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import pino from 'pino';
import { verifyReplay } from '../envs/replay.ts';
import { ask, Harness, next, send } from './api/harness.testing.ts';
import { localLauncher } from './runs/launcher.ts';
import { until } from './runs/until.testing.ts';
import { CheckpointFolder } from './storage/checkpoints.ts';
import { openSqliteStore } from './storage/sqliteStore.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'app-test-'));
const harness = new Harness();
afterAll(async () => {
  await harness.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A run that is quick to update: few worlds, one pass. */
const SMALL = {
  environments: 8,
  rolloutSteps: 16,
  minibatches: 2,
  epochs: 1,
  valueWarmup: 0,
  evalEvery: 2,
  evalEpisodes: 10,
};
const LEVEL = 'BabyAI-GoToObjS4-v0';

const open = () =>
  harness.start({
    store: openSqliteStore(path.join(folder, 'runs.db')),
    checkpointFolder: path.join(folder, 'checkpoints'),
    shippedCheckpoints: [],
    launch: localLauncher((line) => process.env.TEST_VERBOSE && console.error(line)),
    log: pino({ level: 'silent' }),
    firstRun: { levelId: LEVEL, init: 'scratch', seed: 5, settings: SMALL },
    drive: { saveEvery: 0.5 },
  });

test('a run is fine-tuned by a real trainer, watched, changed, recorded, and taken up again', async () => {
  const app = await open();
  const client = await harness.client(app);
  const checkpoints = new CheckpointFolder(path.join(folder, 'checkpoints'));

  // A new server has begun a run by itself.
  const { runs, defaultRunId } = await ask(client, 'run:list', {});
  const runId = defaultRunId!;
  expect(runs).toMatchObject([{ id: runId, levelId: LEVEL, settings: SMALL }]);
  await ask(client, 'run:watch', { runId });

  // An answer may come before the update in progress is over.
  const paused = async () => {
    await ask(client, 'run:pause', { runId });
    await until(app.manager, runId, ({ status }) => status === 'paused');
  };

  // It learns: measurements come, and the weights of successive checkpoints differ.
  const first = (await next(client, 'metrics:point', (message) => message.runId === runId)).point;
  expect(first.envSteps).toBe(first.updates * 128);
  for (const id of ['policyLoss', 'valueLoss', 'entropy', 'gradNorm', 'stepsPerSecond'] as const)
    expect([id, Number.isFinite(first.values[id])]).toEqual([id, true]);
  const tested = await next(
    client,
    'metrics:point',
    ({ point }) => point.values.evalSuccess !== undefined,
  );
  expect(tested.point.values.evalLow).toBeLessThanOrEqual(tested.point.values.evalSuccess!);
  await paused();
  const before = (await checkpoints.newestGood(runId))!;
  expect(before.envSteps).toBe(app.manager.get(runId).envSteps);
  await ask(client, 'run:resume', { runId });
  await next(client, 'metrics:point', ({ point }) => point.updates > before.updates + 1);
  await paused();
  const after = (await checkpoints.newestGood(runId))!;
  expect(after.weightsHash).not.toBe(before.weightsHash);
  await ask(client, 'run:resume', { runId });

  // A changed setting takes effect at a rollout's border, and is logged there.
  const told = next(client, 'run:changed');
  await ask(client, 'run:settings', { runId, settings: { learningRate: 0.0001 } });
  const { change } = await told;
  expect(change.changes).toEqual([
    { id: 'learningRate', from: runs[0].settings.learningRate, to: 0.0001 },
  ]);
  expect(change.envSteps % 128).toBe(0);
  const changed = await next(
    client,
    'metrics:point',
    ({ point }) => point.envSteps > change.envSteps,
  );
  expect(changed.point.values.learningRate).toBe(0.0001);

  // An episode that was shown, recorded and fetched is what the level does, state by state.
  const { replay } = await next(client, 'episode:new', (message) => message.runId === runId);
  const { recording } = await ask(client, 'recording:save', { runId, episodeId: replay.id });
  const fetched = await ask(client, 'recording:get', { recordingId: recording.id });
  expect(fetched.replay).toEqual(replay);
  expect(verifyReplay(fetched.replay)).toEqual({ ok: true, steps: replay.outcome.steps });
  expect(replay.mind?.values).toHaveLength(replay.outcome.steps);
  expect(await send(client, 'recording:import', { replay })).toMatchObject({ ok: true });

  // The server ends; another one on the same folder goes on by itself.
  await app.close();
  const left = app.manager.get(runId);
  const again = await open();
  const viewer = await harness.client(again);
  const snapshot = await ask(viewer, 'run:watch', { runId });
  expect(snapshot.run.updates).toBe(left.updates);
  expect(snapshot.changes).toEqual([change]);
  const later = await next(viewer, 'metrics:point', (message) => message.runId === runId);
  expect(later.point).toMatchObject({
    updates: left.updates + 1,
    envSteps: left.envSteps + 128,
  });
  expect(later.point.values.learningRate).toBe(0.0001);
  expect((await ask(viewer, 'recording:list', {})).recordings).toEqual([recording]);
});
