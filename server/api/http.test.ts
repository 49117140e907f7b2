import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { thumbnail } from '../../envs/index.ts';
import { COMMANDS, runSnapshotSchema } from '../../shared/protocol.ts';
import { MAX_LEVEL_ID_LENGTH, replaySchema } from '../../shared/replay.ts';
import type { App } from '../app.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { StorageError } from '../storage/store.ts';
import { ask, Harness, next } from './harness.testing.ts';
import { healthSchema } from './openapi.ts';
import { trueReplay } from './trueReplay.testing.ts';

const clientFolder = mkdtempSync(path.join(os.tmpdir(), 'client-test-'));
mkdirSync(path.join(clientFolder, 'assets'));
writeFileSync(path.join(clientFolder, 'index.html'), '<!doctype html><title>x</title>');
writeFileSync(path.join(clientFolder, 'assets', 'main-abc123.js'), 'export {};');
afterAll(() => rmSync(clientFolder, { recursive: true }));

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.end());

/** A GET without fetch's own ideas about headers and paths. */
function get(
  app: App,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port: app.port, path: target, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, text }),
      );
    })
      .on('error', reject)
      .end();
  });
}

test('every route answers as its schema says', async () => {
  const app = await harness.start({ clientFolder });
  const client = await harness.client(app);
  const replay = trueReplay('BabyAI-GoToLocal-v0', 3);
  const { recording } = await ask(client, 'recording:import', { replay });
  const runId = app.manager.defaultRunId!;
  await ask(client, 'run:rewards', { runId, rewards: { bump: 0.01 } });
  await next(client, 'run:state', ({ updates }) => updates > 2);
  const json = async (target: string) => JSON.parse((await get(app, target)).text);
  expect(healthSchema.parse(await json('/api/health'))).toMatchObject({
    ready: true,
    runs: { all: 1, active: 1 },
  });
  expect(
    COMMANDS['level:list'].data.parse(await json('/api/levels')).levels.length,
  ).toBeGreaterThan(20);
  expect(COMMANDS['run:list'].data.parse(await json('/api/runs')).defaultRunId).toBe(runId);
  const snapshot = runSnapshotSchema.parse(await json(`/api/runs/${runId}`));
  expect(snapshot.metrics.length).toBeGreaterThan(0);
  expect(replaySchema.parse(await json(`/api/replays/${recording.id}`))).toEqual(replay);
  const download = await get(app, `/api/replays/${recording.id}`);
  expect(download.headers['content-disposition']).toMatch(/attachment; filename="?rec-.*json/);
  const events = await get(app, `/api/runs/${runId}/metrics.tfevents`);
  expect(events.headers['content-disposition']).toMatch(/events\.out\.tfevents\.\d+\.run-/);
  expect(events.text).toMatch(/brain\.Event:2.*outcome\/success/s);
  const metrics = (await get(app, '/metrics')).text;
  expect(metrics).toMatch(new RegExp(`planner_doer_run_success\\{run="${runId}"\\} 0.5`));
  expect(metrics).toMatch(/planner_doer_viewers 1/);
  const document = await json('/api/openapi.json');
  for (const [route, methods] of Object.entries<object>(document.paths)) {
    if (!('get' in methods)) continue;
    const target = route
      .replace('{runId}', runId)
      .replace('{recordingId}', recording.id)
      .replace('{format}', 'csv')
      .replace('{checkpointId}', runId)
      .replace('{episodeId}', snapshot.episodes[0]!.id)
      .replace('{levelId}', replay.levelId);
    expect([route, (await get(app, target)).status]).toEqual([route, 200]);
  }
  expect(JSON.stringify(document)).toMatch(/Step size of the optimiser/);
});

test.each([
  ['/api/runs/run-none', 404, 'not-found'],
  ['/api/runs/..%2f..%2fetc%2fpasswd', 400, 'bad-request'],
  ['/api/runs/%00', 400, 'bad-request'],
  ['/api/runs/%zz', 400, 'bad-request'],
  ['/api/replays/rec-0', 404, 'not-found'],
  ['/api/nothing', 404, 'not-found'],
  ['/../package.json', 404, 'not-found'],
  ['/%2e%2e/%2e%2e/package.json', 404, 'not-found'],
  ['/assets/nope.js', 404, 'not-found'],
])('%s is answered with %i and a reason', async (target, status, code) => {
  const app = await harness.start({ clientFolder });
  const answer = await get(app, target);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text).error).toMatchObject({ code, message: expect.any(String) });
});

test('the client’s files come with a content policy, and with caching that fits their names', async () => {
  const app = await harness.start({ clientFolder });
  const page = await get(app, '/');
  expect(page.text).toMatch(/<title>/);
  expect(page.headers['cache-control']).toBe('no-cache');
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toMatch(/script-src 'self';/);
  expect(policy).toMatch(/worker-src 'self' blob:/);
  expect(policy).toMatch(/style-src 'self';/);
  expect(policy).not.toMatch(/unsafe-|upgrade-insecure/);
  const script = await get(app, '/assets/main-abc123.js');
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

test('without a built client, the page says how to build it', async () => {
  const app = await harness.start({ clientFolder: path.join(clientFolder, 'nowhere') });
  const page = await get(app, '/');
  expect(page.status).toBe(503);
  expect(page.text).toMatch(/npm run build/);
});

test.each([
  ['a foreign page', { Origin: 'https://evil.example' }, 403],
  ['a name that points here', { Host: 'evil.example' }, 403],
  ['a page of a development server', { Origin: 'http://localhost:5173' }, 200],
  ['an allowed origin', { Origin: 'https://class.example' }, 200],
])('a request from %s is answered with the right status', async (_from, headers, status) => {
  const app = await harness.start({ origins: ['https://class.example'] });
  expect((await get(app, '/api/runs', headers)).status).toBe(status);
  const upgrade = await get(app, '/socket.io/?EIO=4&transport=polling', headers);
  expect(upgrade.status).toBe(status);
});

test('a page is told to stay apart from its opener where browsers heed that, and only there', async () => {
  const app = await harness.start({ origins: ['http://class.example'], proxies: 1 });
  const opener = async (headers: Record<string, string>) =>
    (await get(app, '/', headers)).headers['cross-origin-opener-policy'];
  expect(await opener({ Host: 'localhost:1' })).toBe('same-origin');
  expect(await opener({ Host: '[::1]:1' })).toBe('same-origin');
  // Elsewhere browsers report it as an error, but over TLS.
  expect(await opener({ Host: 'class.example' })).toBeUndefined();
  expect(await opener({ Host: 'class.example', 'X-Forwarded-Proto': 'https' })).toBe('same-origin');
});

test('where watching needs a token, routes want it too', async () => {
  const app = await harness.start({ token: 'for-control-123', watchToken: 'for-watching-1' });
  expect((await get(app, '/api/runs')).status).toBe(403);
  expect((await get(app, '/api/health')).status).toBe(200);
  const headers = { Authorization: 'Bearer for-watching-1' };
  expect((await get(app, '/api/runs', headers)).status).toBe(200);
});

test('behind a proxy, each visitor has requests of its own', async () => {
  const rate = { requestRate: { perSecond: 0.001, burst: 2 } };
  const app = await harness.start({ ...rate, proxies: 1 });
  let claimed = 0;
  const from = async (address: string) =>
    (await get(app, '/api/levels', { 'X-Forwarded-For': `6.6.6.${claimed++}, ${address}` })).status;
  expect([await from('1.1.1.1'), await from('1.1.1.1'), await from('1.1.1.1')]).toEqual([
    200, 200, 429,
  ]);
  expect(await from('2.2.2.2')).toBe(200);
  const open = await harness.start(rate);
  const spoofed: number[] = [];
  for (let n = 0; n < 3; n++)
    spoofed.push((await get(open, '/api/levels', { 'X-Forwarded-For': `7.7.7.${n}` })).status);
  expect(spoofed).toEqual([200, 200, 429]);
});

test('alive and ready are told apart', async () => {
  const store = createMemoryStore();
  const app = await harness.start({ store });
  const health = async (path: string) => (await get(app, path)).status;
  expect([await health('/api/health'), await health('/api/health/alive')]).toEqual([200, 200]);
  store.probe = () => {
    throw new StorageError('The disk is full.');
  };
  // Tried once a second at most.
  while ((await health('/api/health')) === 200) await sleep(50);
  expect([await health('/api/health'), await health('/api/health/alive')]).toEqual([503, 200]);
  expect(JSON.parse((await get(app, '/api/health')).text)).toMatchObject({
    alive: true,
    ready: false,
    reason: 'The disk is full.',
  });
});

test('another address than loopback needs a control token', async () => {
  await expect(harness.start({ host: '0.0.0.0' })).rejects.toThrow(/needs a control token/);
});

test('a port in use is one clear error', async () => {
  const app = await harness.start();
  await expect(harness.start({ port: app.port })).rejects.toThrow(
    /Port \d+ on 127\.0\.0\.1 is in use.*--port N/,
  );
});

test('refusals are in the document of the API: a foreign page or name, a missing token, too large a request', async () => {
  const app = await harness.start({ clientFolder, watchToken: 'watch-token-1' });
  const document = JSON.parse((await get(app, '/api/openapi.json')).text);
  for (const [route, { get: asked }] of Object.entries<{ get?: { responses: object } }>(
    document.paths,
  )) {
    if (!asked) continue;
    const answer = await get(app, route.replace(/\{.*?\}/, 'x'), { Host: 'other.example' });
    expect([route, answer.status]).toEqual([route, 403]);
    expect(asked.responses).toHaveProperty('403');
  }
  const tooLarge = await fetch(`${app.url}/api/play`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer watch-token-1' },
    body: JSON.stringify({ levelId: 'x'.repeat(200_000) }),
  });
  expect(tooLarge.status).toBe(413);
  expect(await tooLarge.json()).toMatchObject({ error: { code: 'bad-request' } });
  const { responses } = document.paths['/api/play'].post;
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '403', '413', '429']));
});

test('a refusal says whether the name or the page is another one', async () => {
  const app = await harness.start();
  const said = async (headers: Record<string, string>) =>
    JSON.parse((await get(app, '/api/levels', headers)).text).error.message;
  expect(await said({ Host: 'other.example' })).toMatch(/not reached by the name "other.example"/);
  expect(await said({ Origin: 'https://other.example' })).toMatch(
    /^A page of https:\/\/other\.example may not ask/,
  );
  expect(await said({ 'Sec-Fetch-Site': 'cross-site' })).toMatch(/^A page of another site may not/);
});

test('too many requests are refused for a while, and never the question for health', async () => {
  const app = await harness.start({ requestRate: { perSecond: 0.001, burst: 5 } });
  const statuses: number[] = [];
  for (let n = 0; n < 8; n++) statuses.push((await get(app, '/api/levels')).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  expect((await get(app, '/api/health')).status).toBe(200);
});

test('a level has a picture, whether it is registered or made by hand', async () => {
  const app = await harness.start({ clientFolder });
  const picture = (level: string) =>
    get(app, `/api/levels/${encodeURIComponent(level)}/thumbnail.svg`);
  const registered = await picture('BabyAI-BossLevel-v0');
  expect(registered).toMatchObject({
    status: 200,
    headers: { 'content-type': expect.stringMatching(/^image\/svg\+xml/) },
  });
  expect(registered.text).toBe(thumbnail('BabyAI-BossLevel-v0'));
  expect(registered.headers['cache-control']).toBe('private, max-age=86400');
  const layout = 'layout:mission: go to the red ball\n\n## ## ## ##\n## A> rb ##\n## ## ## ##\n';
  for (const level of ['mission:open the red door', layout])
    expect((await picture(level)).text).toBe(thumbnail(level));
  const unknown = await picture('BabyAI-GoToRedBal-v0');
  expect([unknown.status, unknown.text]).toEqual([
    404,
    expect.stringMatching(/such as BabyAI-GoToRedBall-v0/),
  ]);
  expect(await picture('mission:open the red dour')).toMatchObject({
    status: 400,
    text: expect.stringMatching(/dour/),
  });
  // Longer than an address may be.
  expect((await picture('x'.repeat(MAX_LEVEL_ID_LENGTH + 1))).status).toBe(431);
});
