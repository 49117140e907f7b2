import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyReplay } from '../../envs/replay.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { COMMANDS } from '../../shared/protocol.ts';
import { parseReplay } from '../../shared/replay.ts';
import type { App } from '../app.ts';
import { evaluatePolicy } from '../learning/evaluation/evaluatePolicy.ts';
import { otherObject } from '../play/otherObject.testing.ts';
import { ask, Harness, send, type TestClient } from './harness.testing.ts';

/** A real server with its real playing process; only the learner is a fake. */
const LEVEL = 'BabyAI-GoToLocalS8N2-v0';
const SEED = EVAL_SEED_BASE + 4;
const harness = new Harness();
let app: App;
let client: TestClient;
beforeAll(async () => {
  app = await harness.start();
  client = await harness.client(app);
});
afterAll(() => harness.end());

const play = (more: object = {}, policy = 'default') =>
  ask(client, 'episode:play', { policy, levelId: LEVEL, seed: SEED, ...more });

test('anyone who may watch gets an episode by socket, and the same over HTTP', async () => {
  const { replay } = await play();
  expect(verifyReplay(parseReplay(replay))).toMatchObject({ ok: true });
  expect(replay.source).toEqual({ kind: 'evaluation', runId: '', policy: 'default', envSteps: 0 });
  const response = await fetch(`${app.url}/api/play`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ policy: 'default', levelId: LEVEL, seed: SEED }),
  });
  expect(response.status).toBe(200);
  const other = COMMANDS['episode:play'].data.parse(await response.json()).replay;
  expect([other.actions, other.mind]).toEqual([replay.actions, replay.mind]);
});

test.each([
  [{ policy: 'nobody' }, 'not-found', 'policy'],
  [{ levelId: 'BabyAI-Nowhere-v0' }, 'bad-request', 'levelId'],
  [{ overrides: [{ step: 0, x: 3, y: 40 }] }, 'bad-request', 'overrides.0.y'],
  [{ overrides: [{ step: 0, x: 3 }] }, 'bad-request', 'overrides.0.y'],
  [{ actions: [0, 7] }, 'bad-request', 'actions.1'],
  [{ depth: 0 }, 'bad-request', 'depth'],
  [{ ablation: 'everything' }, 'bad-request', 'ablation'],
  [{ planner: 'nobody' }, 'bad-request', 'planner'],
  [{ doer: 'expert' }, 'bad-request', 'doer'],
  [{ planner: 'expert', ablation: 'withoutPlanner' }, 'bad-request', 'ablation'],
  [{ planner: 'expert', overrides: [{ step: 0, x: 3, y: 4 }] }, 'bad-request', 'overrides'],
  [{ doer: 'exact', ablation: 'withoutPlanner' }, 'bad-request', 'doer'],
  [{ doer: 'exact', ablation: 'frozenDoer' }, 'bad-request', 'ablation'],
  [{ policy: 'random', planner: 'expert' }, 'bad-request', 'planner'],
  [{ policy: 'expert', doer: 'exact' }, 'bad-request', 'doer'],
  [{ colour: 'red' }, 'bad-request', 'colour'],
  [{ policy: 'expert', depth: 2 }, 'bad-request', 'depth'],
])('%j is refused with its field, by socket and over HTTP', async (patch, code, field) => {
  const payload = { policy: 'default', levelId: LEVEL, seed: SEED, ...patch };
  const answer = await send(client, 'episode:play', payload as never);
  expect(answer).toMatchObject({ ok: false, error: { code, field } });
  const response = await fetch(`${app.url}/api/play`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  expect([response.status, await response.json()]).toMatchObject([
    code === 'not-found' ? 404 : 400,
    { error: { code, field } },
  ]);
});

test('what is no JSON, or too much of it, is refused', async () => {
  const post = async (body: string) =>
    (
      await fetch(`${app.url}/api/play`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).status;
  expect(await post('{')).toBe(400);
  expect(await post(JSON.stringify({ policy: 'x'.repeat(300_000) }))).toBe(413);
});

test('goals given through the API are followed as the command line measures', async () => {
  const episodes = 8;
  const measured = await evaluatePolicy({
    checkpoint: 'default',
    engine: 'wasm',
    workers: 1,
    levelId: LEVEL,
    episodes,
    seedBase: SEED,
    greedy: false,
    override: 'other-object',
    batch: 1,
  });
  let followed = 0;
  // Some worlds have no object that the mission does not mean.
  let told = 0;
  for (let seed = SEED; seed < SEED + episodes; seed++) {
    const { target, facesFirst } = otherObject(LEVEL, seed);
    if (!target) continue;
    told++;
    const overrides = [{ step: 0, ...target, until: 'end' as const }];
    const { replay } = await play({ seed, overrides });
    if (facesFirst(replay)) followed++;
  }
  expect(followed / told).toBeCloseTo(measured.overrideFollowed!, 10);
  expect(followed).toBeGreaterThan(episodes / 2);
});
