import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { verifyReplay } from '../../envs/replay.ts';
import type { MissionCheck } from '../../shared/protocol.ts';
import { ask, Harness, send, type TestClient } from './harness.testing.ts';
import { trueReplay } from './trueReplay.testing.ts';

const WALLED_OFF = `mission: pick up the green ball

## ## ## ## ##
## A> ## gb ##
## .. ## .. ##
## ## ## ## ##
`;
let harness: Harness;
let client: TestClient;
beforeEach(async () => {
  harness = new Harness();
  client = await harness.client(await harness.start());
});
afterEach(() => harness.end());

async function checked(sentence: string): Promise<MissionCheck> {
  return ask(client, 'mission:check', { sentence });
}

test('a sentence is read forgivingly, proved, and trained on by the id that the check gives', async () => {
  const check = await checked(' Pick up RED ball, then open blue door. ');
  expect(check).toMatchObject({
    ok: true,
    levelId: 'mission:pick up the red ball, then open the blue door',
    mission: 'pick up the red ball, then open the blue door',
    success: 1,
    reasons: [],
    width: 19,
    height: 19,
    maxSteps: 882,
  });
  expect(check.expectedLength).toBeGreaterThan(5);
  const { run } = await ask(client, 'run:create', { levelId: check.levelId });
  expect(run).toMatchObject({
    levelId: check.levelId,
    name: 'pick up the red ball, then open the blue door 1',
    status: 'starting',
  });
});

test('a layout is proved and trained on as well', async () => {
  const layout =
    'mission: go to the red ball\n\n## ## ## ##\n## A> .. ##\n## .. rb ##\n## ## ## ##\n';
  const check = await ask(client, 'mission:check', { layout });
  expect(check).toMatchObject({ ok: true, expectedLength: 2, width: 4, height: 4 });
  expect((await ask(client, 'run:create', { levelId: check.levelId })).run.levelId).toBe(
    check.levelId,
  );
});

test.each([
  [{ sentence: 'go to the red kay' }, 'sentence', 'go to the red '.length, 'kay'],
  [
    { layout: 'mission:  go to the red kay\n## ##' },
    'layout',
    'mission:  go to the red '.length,
    'kay',
  ],
  [{ sentence: 'put the red ball next' }, 'sentence', 'put the red ball next'.length, ''],
])(
  '%j is refused with the word and what could stand there',
  async (payload, field, start, text) => {
    const answer = await send(client, 'mission:check', payload);
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'bad-request', field, word: { text, start, end: start + text.length } },
    });
    if (answer.ok) return;
    expect(answer.error.expected).toEqual(
      text === '' ? ['to'] : expect.arrayContaining(['key', 'ball']),
    );
  },
);

test('a mission of which a run is asked for is refused just so', async () => {
  const levelId = 'mission:go to the red kay';
  const answer = await send(client, 'run:create', { levelId });
  expect(answer).toMatchObject({
    ok: false,
    error: {
      field: 'levelId',
      word: { text: 'kay', start: levelId.indexOf('kay'), end: levelId.length },
      expected: expect.arrayContaining(['key']),
    },
  });
  expect((await ask(client, 'run:list', {})).runs).toHaveLength(1);
});

test.each([
  [{}, /either sentence or layout/],
  [{ sentence: 'go to a ball', layout: 'x' }, /either sentence or layout/],
  [{ sentence: 'go to a ball?rooms=3' }, /"rooms=3"; accepted: roomSize=N/],
  [{ sentence: 'put the ball next to a ball' }, /put next to itself/],
  [{ layout: 'mission: go to a ball\n## ##' }, /accepted: 3 to 64 cells each way/],
])('%j is refused with the reason', async (payload, message) => {
  expect(await send(client, 'mission:check', payload)).toMatchObject({
    ok: false,
    error: { code: 'bad-request', message: expect.stringMatching(message) },
  });
});

test('an impossible mission makes a run only where that is asked for', async () => {
  const levelId = `layout:${WALLED_OFF}`;
  const refused = { code: 'bad-request', message: expect.stringMatching(/no way to "green ball"/) };
  expect(await send(client, 'mission:check', { layout: WALLED_OFF })).toMatchObject({
    error: { ...refused, field: 'layout' },
  });
  expect(await send(client, 'run:create', { levelId })).toMatchObject({
    error: { ...refused, field: 'levelId' },
  });
  expect((await ask(client, 'run:list', {})).runs).toHaveLength(1);
  const check = await ask(client, 'mission:check', { layout: WALLED_OFF, allowImpossible: true });
  expect(check).toMatchObject({
    ok: false,
    expectedLength: null,
    success: 0,
    reasons: [expect.stringMatching(/no way to "green ball"/)],
  });
  const { run } = await ask(client, 'run:create', { levelId, allowImpossible: true });
  expect(run.levelId).toBe(levelId);
});

test('an input field is offered what could come next', async () => {
  const { completions } = await ask(client, 'mission:complete', { prefix: 'go to the gr' });
  expect(completions).toEqual([
    { text: 'green', full: 'go to the green' },
    { text: 'grey', full: 'go to the grey' },
  ]);
  expect(await ask(client, 'mission:complete', { prefix: 'go to the moon ' })).toEqual({
    completions: [],
  });
});

test('a recording of a mission made by hand is taken in, a damaged one is not', async () => {
  const replay = trueReplay('mission:go to the red ball?distractors=1', 3);
  expect(verifyReplay(replay).ok).toBe(true);
  const { recording } = await ask(client, 'recording:import', { replay });
  expect(recording.levelId).toBe(replay.levelId);
  const damaged = { ...replay, levelId: 'mission:go to the blue ball?distractors=1' };
  expect(await send(client, 'recording:import', { replay: damaged })).toMatchObject({
    ok: false,
    error: { field: 'replay' },
  });
});
