import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { COMMANDS } from '../../shared/protocol.ts';
import type { App } from '../app.ts';
import type { FromLabTrainer, ToLabTrainer } from '../lab/live/trainProtocol.ts';
import { ask, Harness, next, send, type TestClient } from './harness.testing.ts';

/** A real server with its real thinking process; what trains is the test. */
const harness = new Harness();
let app: App;
let client: TestClient;
let guest: TestClient;
const told: ToLabTrainer[] = [];
let say: (message: FromLabTrainer) => void = () => {};
let exit: (reason?: string) => void = () => {};

beforeAll(async () => {
  app = await harness.start({
    token: 'secret',
    launchLabTrainer: () => ({
      send: (message) => void told.push(message),
      onMessage: (listener) => {
        say = listener;
      },
      onExit: (listener) => {
        exit = listener;
      },
      kill: () => {},
    }),
  });
  client = await harness.client(app, { token: 'secret' });
  guest = await harness.client(app);
  // The thinking process starts with the first question: however long that takes, it is nobody's deadline.
  await fetch(`${app.url}/api/lab`);
});
afterAll(() => harness.end());

test('whoever may watch has a puzzle solved by socket, and the same over HTTP', async () => {
  const { models } = await ask(guest, 'lab:open', {});
  expect(models.map(({ name }) => name)).toContain('sudoku4');
  const { puzzle } = await ask(guest, 'lab:puzzle', { task: 'sudoku4', index: 2 });
  const payload = { model: 'sudoku4', puzzle: puzzle.cells, segments: 4 };
  const { trajectories } = await ask(guest, 'lab:think', payload);
  expect(trajectories[0]?.thoughts.at(-1)).toMatchObject({ valid: true, answer: puzzle.solution });
  const response = await fetch(`${app.url}/api/lab/think`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  const other = COMMANDS['lab:think'].data.parse(await response.json());
  expect(other.trajectories).toEqual(trajectories);
  const open = COMMANDS['lab:open'].data.parse(await (await fetch(`${app.url}/api/lab`)).json());
  expect(open.training.status).toBe('idle');
});

test.each([
  [{ puzzle: '11..............' }, 'puzzle', /^puzzle: 1 stands twice in row 1/],
  [{ puzzle: '1'.repeat(4000) }, 'puzzle', /^puzzle/],
  [{ segments: 65 }, 'segments', /^segments is 65/],
  [{ without: 'everything' }, 'without', /^without/],
  [{ model: '../secrets' }, 'model', /^model/],
  [{ colour: 'red' }, 'colour', /not a known field/],
])('%j is refused with its field', async (patch, field, message) => {
  const payload = { model: 'sudoku4', puzzle: '....3..1.32.....', ...patch };
  const answer = await send(guest, 'lab:think', payload as never);
  expect(answer).toMatchObject({
    ok: false,
    error: { code: 'bad-request', field, message: expect.stringMatching(message) },
  });
});

test('who may control trains a model: the run of the gridworld rests meanwhile, and all who look are told', async () => {
  expect(await send(guest, 'lab:train', { task: 'sudoku4' })).toMatchObject({
    ok: false,
    error: { code: 'forbidden' },
  });
  await ask(guest, 'lab:open', {});
  const begins = next(guest, 'lab:training', ({ status }) => status === 'training');
  const { training } = await ask(client, 'lab:train', { task: 'sudoku4', seed: 3 });
  expect(training.paused).toHaveLength(1);
  expect(await begins).toMatchObject({ task: 'sudoku4', kind: 'hrm', seed: 3 });
  expect(app.manager.list().map(({ status }) => status)).toEqual(['paused']);
  expect(await send(client, 'lab:train', { task: 'maze9' })).toMatchObject({
    ok: false,
    error: { code: 'conflict' },
  });
  const point = next(guest, 'lab:training', ({ steps }) => steps === 7);
  say({
    type: 'progress',
    progress: {
      ...{ steps: 7, seconds: 1, parameters: 9, loss: 2, exact: 0, cells: 0.25, puzzles: 100 },
      boards: [],
    },
  });
  expect((await point).curve).toHaveLength(1);
  const ends = next(guest, 'lab:training', ({ status }) => status === 'ended');
  await ask(client, 'lab:stop', {});
  expect(told.map(({ type }) => type)).toEqual(['train', 'stop']);
  say({ type: 'ended', message: 'Stopped after 7 steps.' });
  exit();
  expect((await ends).message).toBe('Stopped after 7 steps.');
  await next(client, 'run:state', ({ status }) => status === 'running');
});
