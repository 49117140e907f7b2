import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { RunInfo } from '../../shared/protocol.ts';
import type { App } from '../app.ts';
import { ask, Harness, next, send, type TestClient } from './harness.testing.ts';
import { trueReplay } from './trueReplay.testing.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';
let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.end());

async function connected(): Promise<{ app: App; client: TestClient; run: RunInfo }> {
  const app = await harness.start();
  const client = await harness.client(app);
  const { runs } = await ask(client, 'run:list', {});
  return { app, client, run: runs[0] };
}

test('a visitor finds the levels and a run that is learning', async () => {
  const { client } = await connected();
  const { levels } = await ask(client, 'level:list', {});
  expect(levels.find(({ id }) => id === LEVEL)).toMatchObject({ width: 8, maxSteps: 64 });
  const { runs, defaultRunId } = await ask(client, 'run:list', {});
  expect(runs).toHaveLength(1);
  expect(defaultRunId).toBe(runs[0].id);
});

test('a watcher gets the past at once and the rest as it happens, until it looks away', async () => {
  const { client, run } = await connected();
  const point = next(client, 'metrics:point');
  const episode = next(client, 'episode:new');
  const snapshot = await ask(client, 'run:watch', { runId: run.id });
  expect(snapshot.run.id).toBe(run.id);
  expect((await point).runId).toBe(run.id);
  expect((await episode).replay.source.kind).toBe('training');
  const again = await ask(client, 'run:watch', { runId: run.id });
  expect(again.metrics.length).toBeGreaterThan(0);
  await ask(client, 'run:unwatch', { runId: run.id });
  let heard = 0;
  client.on('metrics:point', () => heard++);
  await next(client, 'run:state', (state) => state.updates > again.run.updates + 5);
  expect(heard).toBe(0);
});

test('what a run records by itself is set over a socket, and everybody is told', async () => {
  const { app, client, run } = await connected();
  const told = next(
    await harness.client(app),
    'run:state',
    ({ id, record }) => id === run.id && record?.failures === true,
  );
  const set = await ask(client, 'run:record', {
    runId: run.id,
    record: { failures: true, longestLoop: true },
  });
  expect(set.run.record).toMatchObject({ failures: true, longestLoop: true });
  await told;
  // What is left out stays as it is.
  const after = await ask(client, 'run:record', {
    runId: run.id,
    record: { longestLoop: false },
  });
  expect(after.run.record).toMatchObject({ failures: true, longestLoop: false });
});

test('picking another mission starts a new run and pauses the old one', async () => {
  const { client, run } = await connected();
  const paused = next(
    client,
    'run:state',
    ({ id, status }) => id === run.id && status === 'paused',
  );
  const { run: created } = await ask(client, 'run:create', {
    levelId: 'BabyAI-GoToObj-v0',
    rewards: { bump: 0.01 },
  });
  expect(created.rewards.bump).toBe(0.01);
  await paused;
  expect((await ask(client, 'run:list', {})).defaultRunId).toBe(created.id);
});

test('a reward change is acknowledged, takes effect, and is told to other watchers', async () => {
  const { app, client, run } = await connected();
  const other = await harness.client(app);
  await ask(other, 'run:watch', { runId: run.id });
  await next(client, 'run:state', ({ status }) => status === 'running');
  const told = next(other, 'run:changed');
  const { run: changed } = await ask(client, 'run:rewards', {
    runId: run.id,
    rewards: { stepCost: 0.01 },
  });
  expect(changed.rewards.stepCost).toBe(0.01);
  expect(await told).toMatchObject({
    runId: run.id,
    change: { kind: 'rewards', changes: [{ id: 'stepCost', from: 0, to: 0.01 }] },
  });
});

test('pause, resume and stop are acknowledged with the run as it then is', async () => {
  const { client, run } = await connected();
  await next(client, 'run:state', ({ updates }) => updates > 0);
  const { runId } = { runId: run.id };
  expect((await ask(client, 'run:pause', { runId })).run.status).toBe('paused');
  expect((await ask(client, 'run:resume', { runId })).run.status).toBe('running');
  expect((await ask(client, 'run:stop', { runId })).run.status).toBe('stopped');
});

test('an episode that was shown can be recorded, fetched and deleted; everyone hears of it', async () => {
  const { app, client, run } = await connected();
  const other = await harness.client(app);
  await ask(client, 'run:watch', { runId: run.id });
  const { replay } = await next(client, 'episode:new');
  const added = next(other, 'recording:added');
  const { recording } = await ask(client, 'recording:save', {
    runId: run.id,
    episodeId: replay.id,
  });
  expect(await added).toEqual(recording);
  expect((await ask(client, 'recording:list', {})).recordings).toEqual([recording]);
  const recordingId = recording.id;
  expect((await ask(client, 'recording:get', { recordingId })).replay).toEqual(replay);
  const named = next(other, 'recording:added', ({ name }) => name === 'stuck');
  await ask(client, 'recording:describe', { recordingId, name: 'stuck', tags: ['door'] });
  expect(await named).toEqual({ ...recording, name: 'stuck', tags: ['door'] });
  const removed = next(other, 'recording:removed');
  await ask(client, 'recording:delete', { recordingId });
  expect(await removed).toEqual({ recordingId });
  const restored = await ask(client, 'recording:restore', { recordingId });
  expect(restored.recording).toMatchObject({ id: recordingId, name: 'stuck' });
  await ask(client, 'recording:delete', { recordingId });
  expect(await send(client, 'recording:get', { recordingId })).toMatchObject({
    ok: false,
    error: { code: 'not-found', field: 'recordingId' },
  });
});

test('a true episode can be brought in; a false one is refused with what is false', async () => {
  const { client } = await connected();
  const replay = trueReplay(LEVEL, 11);
  const { recording } = await ask(client, 'recording:import', { replay });
  expect(recording).toMatchObject({ seed: 11, success: true });
  const cheat = { ...replay, outcome: { ...replay.outcome, missionReward: 0.999, return: 0.999 } };
  expect(await send(client, 'recording:import', { replay: cheat })).toMatchObject({
    ok: false,
    error: { code: 'bad-request', message: expect.stringMatching(/missionReward is 0.999/) },
  });
  const short = { ...replay, actions: replay.actions.slice(1) };
  expect(await send(client, 'recording:import', { replay: short })).toMatchObject({
    ok: false,
    error: { field: 'replay.actions', message: expect.stringMatching(/accepted:/) },
  });
  expect((await ask(client, 'recording:list', {})).recordings).toHaveLength(1);
});

/** Something nested very deeply; made here because test titles could not show it. */
function deep(): unknown {
  let value: unknown = {};
  for (let n = 0; n < 3000; n++) value = [value];
  return value;
}
test.each([
  ['settings', () => ({ runId: 'x', settings: deep() })],
  ['settings.gamma', () => ({ runId: 'x', settings: { gamma: deep() } })],
  ['runId', () => ({ runId: deep(), settings: {} })],
])('something very deep in %s is refused', async (field, payload) => {
  const { client } = await connected();
  const answer = await send(client, 'run:settings', payload() as never);
  expect(answer).toMatchObject({ ok: false, error: { code: 'bad-request', field } });
});

test.each<[string, unknown, string | undefined, RegExp]>([
  [
    'run:create',
    { levelId: 'BabyAI-Nope-v0' },
    'levelId',
    /levelId is "BabyAI-Nope-v0"; accepted:/,
  ],
  [
    'run:create',
    { levelId: '../../etc/passwd' },
    'levelId',
    /accepted: an id that level:list gives/,
  ],
  ['run:create', { levelId: LEVEL, color: 1 }, 'color', /color is not a known field/],
  ['run:create', { levelId: LEVEL, seed: -1 }, 'seed', /seed is -1/],
  ['run:create', { levelId: LEVEL, init: 'nope' }, 'init', /init is "nope"; accepted: "scratch"/],
  ['run:create', {}, 'levelId', /levelId is missing/],
  // Its check asks for the length, and then compares that with a number.
  [
    'run:create',
    { levelId: LEVEL, init: { length: [{ toString: 1 }] } },
    'init',
    /init is of no kind that is accepted/,
  ],
  ['run:create', null, undefined, /whole input/],
  ['run:create', 'text', undefined, /whole input/],
  ['run:create', [], undefined, /whole input/],
  [
    'run:rewards',
    { runId: 'x', rewards: { bump: 9 } },
    'rewards.bump',
    /bump is 9; accepted: a number from 0 to 0.1/,
  ],
  ['run:rewards', { runId: 'x', rewards: { bump: '0' } }, 'rewards.bump', /bump is "0"/],
  [
    'run:rewards',
    { runId: 'x', rewards: { bumps: 0 } },
    'rewards.bumps',
    /rewards.bumps is not a known field/,
  ],
  [
    'run:settings',
    { runId: 'x', settings: { epochs: 1.5 } },
    'settings.epochs',
    /a whole number from 1 to 20/,
  ],
  ['run:record', { runId: 'x', record: { next: 201 } }, 'record.next', /record.next is 201; .*200/],
  ['run:record', { runId: 'run-none', record: {} }, 'runId', /There is no run run-none/],
  ['run:watch', { runId: 'run-none' }, 'runId', /There is no run run-none/],
  ['run:watch', { runId: 'a'.repeat(5000) }, 'runId', /runId is/],
  ['run:watch', JSON.parse('{"runId":"a","__proto__":{"x":1}}'), undefined, /no run|not a known/],
  ['recording:get', { recordingId: 'rec-0' }, 'recordingId', /There is no recording/],
  ['recording:import', { replay: {} }, 'replay.format', /./],
  ['no:such', {}, undefined, /"no:such" is not a command; accepted: level:list/],
  ['constructor', {}, undefined, /not a command/],
  // The transport lets numbers through as names.
  [7 as unknown as string, {}, undefined, /"7" is not a command/],
  ['toString', {}, undefined, /not a command/],
])('%s with %j is refused with the reason', async (event, payload, field, message) => {
  const { client } = await connected();
  const raw = client as unknown as {
    timeout(ms: number): { emitWithAck(event: string, payload: unknown): Promise<unknown> };
  };
  const answer = await raw.timeout(60_000).emitWithAck(event, payload);
  expect(answer).toMatchObject({
    ok: false,
    error: { message: expect.stringMatching(message), ...(field && { field }) },
  });
  expect((await ask(client, 'run:list', {})).runs).toHaveLength(1);
});

test('a flood of commands is slowed down, not served', async () => {
  const { client } = await connected();
  const answers = await Promise.all(
    Array.from({ length: 120 }, () => send(client, 'run:list', {})),
  );
  const refused = answers.filter((answer) => !answer.ok);
  expect(refused.length).toBeGreaterThan(20);
  expect(refused[0]).toMatchObject({ error: { code: 'too-many' } });
});

test('a client that sends only nonsense is put out; the others stay', async () => {
  const { app, client } = await connected();
  const other = await harness.client(app);
  const out = new Promise((resolve) => client.on('disconnect', resolve));
  const raw = client as unknown as { emit(event: string, ...args: unknown[]): void };
  for (let n = 0; n < 30; n++) raw.emit('nonsense', n, 'x', null);
  await out;
  expect((await ask(other, 'run:list', {})).runs).toHaveLength(1);
});

test('a message beyond the size limit ends that connection only', async () => {
  const { app, client } = await connected();
  const other = await harness.client(app);
  const out = new Promise((resolve) => client.on('disconnect', resolve));
  (client as unknown as { emit(event: string, payload: unknown): void }).emit('run:create', {
    levelId: 'x'.repeat(5_000_000),
  });
  await out;
  expect((await ask(other, 'run:list', {})).runs).toHaveLength(1);
});

test('one address cannot take all places, and gets them back', async () => {
  const app = await harness.start({ socketsEach: 2 });
  const first = await harness.client(app);
  await harness.client(app);
  await expect(harness.client(app)).rejects.toThrow();
  const gone = new Promise<void>((resolve) => {
    for (const socket of app.sockets.io.sockets.sockets.values())
      if (socket.id === first.id) socket.conn.once('close', () => resolve());
  });
  first.disconnect();
  await gone;
  expect((await ask(await harness.client(app), 'run:list', {})).runs).toHaveLength(1);
});

test('who joins twice in one breath, or goes at once, takes no place for longer', async () => {
  const app = await harness.start({ socketsEach: 2 });
  const joined = async (packets: number, stays: boolean) => {
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}/socket.io/?EIO=4&transport=websocket`);
    await new Promise((resolve) => socket.once('message', resolve));
    for (let n = 0; n < packets; n++) socket.send('40');
    if (stays) await new Promise((resolve) => socket.once('message', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (!stays) socket.terminate();
    if (!stays) await closed;
    return socket;
  };
  for (let n = 0; n < 6; n++) await joined(1, false);
  const first = await joined(2, true);
  expect((await ask(await harness.client(app), 'run:list', {})).runs).toHaveLength(1);
  first.terminate();
});

test('behind a proxy, places are counted for each visitor', async () => {
  const app = await harness.start({ socketsEach: 1, proxies: 1 });
  await harness.client(app, {}, { 'X-Forwarded-For': '9.9.9.9, 1.1.1.1' });
  await harness.client(app, {}, { 'X-Forwarded-For': '9.9.9.9, 2.2.2.2' });
  await expect(
    harness.client(app, {}, { 'X-Forwarded-For': '8.8.8.8, 1.1.1.1' }),
  ).rejects.toThrow();
});

test('a hundred viewers that come at once all get their snapshot', async () => {
  const { app, run } = await connected();
  const clients = await Promise.all(Array.from({ length: 100 }, () => harness.client(app)));
  const snapshots = await Promise.all(
    clients.map((client) => ask(client, 'run:watch', { runId: run.id })),
  );
  expect(snapshots.map((snapshot) => snapshot.run.id)).toEqual(clients.map(() => run.id));
});

test('those who only watch are told what they lack', async () => {
  const token = 'a-token-for-control';
  const app = await harness.start({ token });
  const watcher = await harness.client(app, { token: 'a-wrong-token' });
  const { runs } = await ask(watcher, 'run:list', {});
  expect(await send(watcher, 'run:pause', { runId: runs[0].id })).toMatchObject({
    ok: false,
    error: { code: 'forbidden', message: expect.stringMatching(/needs the control token/) },
  });
  const controller = await harness.client(app, { token });
  expect((await ask(controller, 'run:pause', { runId: runs[0].id })).run.status).toBe('paused');
});

test('where watching needs a token, nobody connects without it', async () => {
  const app = await harness.start({ token: 'for-control-123', watchToken: 'for-watching-1' });
  await expect(harness.client(app)).rejects.toThrow(/token is needed to watch/);
  const watcher = await harness.client(app, { token: 'for-watching-1' });
  const { runs } = await ask(watcher, 'run:list', {});
  expect(await send(watcher, 'run:stop', { runId: runs[0].id })).toMatchObject({ ok: false });
});

test('when the server closes, viewers are told that training will go on', async () => {
  const { app, client, run } = await connected();
  await next(client, 'run:state', ({ status }) => status === 'running');
  const told = next(client, 'run:state', ({ message }) => message !== undefined);
  const gone = new Promise((resolve) => client.on('disconnect', resolve));
  const closed = app.close();
  expect(await told).toMatchObject({
    id: run.id,
    status: 'paused',
    message: expect.stringMatching(/shutting down/),
  });
  await closed;
  await gone;
});
