import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { COMMANDS } from '../../../shared/protocol.ts';
import { trueReplay } from '../../api/trueReplay.testing.ts';
import { Random } from '../../policy/random.ts';
import { forkTypescript, untilListening } from '../ownServer.ts';
import { commandInput } from './commandInputs.ts';
import { fuzz } from './fuzz.ts';
import { judgeCommand, judgeHttp } from './judge.ts';
import { Draw, mutated } from './values.ts';

let server: ChildProcess;
let url: string;
beforeAll(async () => {
  server = forkTypescript(new URL('./fuzzServer.testing.ts', import.meta.url));
  url = await untilListening(server);
});
afterAll(async () => {
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await gone;
});

test('nothing of all that is sent crashes the server, hangs, or is answered wrongly', async () => {
  const report = await fuzz({ url, inputs: 2000, seed: 7 });
  expect(report.findings).toEqual([]);
  const { outcomes } = report;
  // All kinds were there, and most were refused.
  for (const outcome of ['accepted', 'refused: bad-request', 'http: 400', 'frames: closed'])
    expect([outcome, (outcomes[outcome] ?? 0) > 0]).toEqual([outcome, true]);
  expect(server.exitCode).toBeNull();
});

const known = {
  runIds: ['run-1'],
  recordingIds: ['rec-1'],
  levelIds: ['BabyAI-GoToObj-v0'],
  replay: trueReplay('BabyAI-GoToObj-v0', 5),
};

test('an input follows from the seed and its number alone, and every command is sent', () => {
  const inputOf = (n: number) => commandInput(new Draw(new Random(3, n)), known);
  expect(JSON.stringify(inputOf(17))).toBe(JSON.stringify(inputOf(17)));
  const events = new Set(Array.from({ length: 1000 }, (_, n) => inputOf(n).event));
  for (const name of Object.keys(COMMANDS)) expect(events).toContain(name);
});

test('a mutation leaves the original as it was', () => {
  const before = JSON.stringify(known.replay);
  for (let n = 0; n < 200; n++) mutated(new Draw(new Random(4, n)), known.replay);
  expect(JSON.stringify(known.replay)).toBe(before);
});

const watch = { event: 'run:watch', acknowledged: true };
test.each<[unknown, unknown, RegExp | undefined]>([
  [{ runId: 'a' }, { ok: true, data: {} }, undefined],
  [{ runId: 'a', b: 1 }, { ok: true, data: {} }, /accepted what the schema refuses/],
  [[], { ok: true, data: {} }, /accepted what the schema refuses/],
  [{ runId: 'a' }, { ok: true }, /without data/],
  [{}, { ok: false, error: { code: 'bad-request', message: 'runId is missing' } }, undefined],
  [{}, { ok: false, error: { code: 'internal', message: 'something went wrong' } }, /internal/],
  [{}, { ok: false, error: { code: 'bad-request', message: '' } }, /without a reason/],
  [{}, { ok: false, error: { code: 'other', message: 'something' } }, /another form/],
  [{}, null, /another form/],
  [{}, 'hang', /answered by hang/],
])('for %j, the answer %j is judged', (payload, answer, finding) => {
  const verdict = judgeCommand({ ...watch, args: [payload] }, answer);
  if (finding) expect(verdict.finding).toMatch(finding);
  else expect(verdict.finding).toBeUndefined();
});

test.each<[string, boolean, boolean]>([
  ['HTTP/1.1 404 Not Found\r\n\r\n{}', true, true],
  ['HTTP/1.1 500 Internal Server Error\r\n\r\n', true, false],
  ['HTTP/1.1 200 OK\r\n\r\nroot:x:0:0:root', true, false],
  ['HTTP/1.1 400 Bad\r\n\r\n    at serve (server/api/http.ts:12:3)', true, false],
  ['', true, true],
  ['HTTP/1.1 200 OK\r\n\r\n', false, false],
])('the HTTP answer %j is fine: %s', (text, ended, isFine) => {
  expect(judgeHttp({ text, ended }).finding === undefined).toBe(isFine);
});
