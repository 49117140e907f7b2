import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Harness } from '../../api/harness.testing.ts';
import { trueReplay } from '../../api/trueReplay.testing.ts';
import type { App } from '../../app.ts';
import { benchLoad } from './benchLoad.ts';
import { Crowd, type CrowdReport } from './crowd.ts';

const VIEWERS = 50;
let harness: Harness;
let crowd: Crowd;
let app: App;
beforeEach(async () => {
  harness = new Harness();
  app = await harness.start();
  crowd = new Crowd(`http://127.0.0.1:${app.port}`, app.manager.defaultRunId!);
  await crowd.add(VIEWERS);
});
afterEach(async () => {
  crowd.close();
  await harness.end();
});

/** Reports since the last one, added up until they are as wanted. */
async function until(condition: (sum: CrowdReport) => boolean): Promise<CrowdReport> {
  let sum = crowd.report();
  while (!condition(sum)) {
    await sleep(100);
    const report = crowd.report();
    const episodes = sum.episodes + report.episodes;
    sum = { ...report, episodes, delays: [...sum.delays, ...report.delays] };
  }
  return sum;
}

/** Until nothing of what was on its way arrives any more. */
async function quiet(): Promise<void> {
  for (let silent = 0; silent < 3; ) {
    await sleep(200);
    silent = crowd.report().episodes === 0 ? silent + 1 : 0;
  }
}

test('fifty viewers all get every episode, once', async () => {
  const { manager, sockets } = app;
  const runId = manager.defaultRunId!;
  await manager.pause(runId);
  await quiet();
  expect(crowd.report().connected).toBe(VIEWERS);
  const replay = trueReplay('BabyAI-GoToLocal-v0', 1);
  const EPISODES = 5;
  for (let n = 0; n < EPISODES; n++)
    manager.emit('episode', runId, { ...replay, id: String(n), createdAt: Date.now() });
  const report = await until(({ episodes }) => episodes >= EPISODES * VIEWERS);
  expect(report.episodes).toBe(EPISODES * VIEWERS);
  expect(report.delays.every((delay) => delay >= 0 && delay < 120_000)).toBe(true);
  expect(sockets.counts).toEqual({ episodesSkipped: 0, dropped: 0 });
  await sleep(200);
  expect(crowd.report().episodes).toBe(0);
});

test('a crowd is told an episode only so often, and then all of it', async () => {
  const { manager } = app;
  const runId = manager.defaultRunId!;
  await manager.pause(runId);
  await crowd.add(260 - VIEWERS);
  await quiet();
  // Longer than the pause between two episodes that a crowd is told.
  await sleep(1000);
  const replay = trueReplay('BabyAI-GoToLocal-v0', 1);
  const tell = (id: string) =>
    manager.emit('episode', runId, { ...replay, id, createdAt: Date.now() });
  tell('told');
  tell('too soon after it');
  await until(({ episodes }) => episodes >= 260);
  await sleep(500);
  expect(crowd.report().episodes).toBe(0);
  tell('late enough');
  await until(({ episodes }) => episodes >= 260);
});

test('viewers whose connection breaks come back by themselves, with everything newer', async () => {
  crowd.cut(20);
  const report = await until(({ caughtUp, stale }) => caughtUp + stale >= 20);
  expect(report).toMatchObject({ caughtUp: 20, stale: 0 });
  await until(
    ({ connected, unserved, episodes }) => connected === VIEWERS && episodes > 0 && unserved === 0,
  );
});

test('the benchmark in short: real training, viewers that come, go and come back, attackers beside them', async () => {
  // Without those that stop reading: finding them takes as long as a heartbeat; see `viewers.test.ts`.
  const result = await benchLoad({
    ...{ viewers: 20, seconds: 4, rounds: 1, processes: 1, niceness: 0 },
    ...{ stall: false, hostile: 13 },
  });
  expect(result).toMatchObject({ cut: 2, caughtUp: 2, stale: 0, hostile: 13 });
  expect(result.connectionsCut).toBeGreaterThan(0);
  // A busy machine may finish no episode in so short a time; that everyone gets each is tested above.
  if (result.freshness.deliveries > 0) expect(result.freshness.p50Ms).toBeGreaterThanOrEqual(0);
  expect(result.rssMb).toHaveLength(3);
});
