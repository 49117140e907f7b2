import { afterEach, expect, test } from '@jest/globals';
import { settingsFor } from '../../../shared/config.ts';
import type { RunInfo } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { RequestError } from '../../../shared/requestError.ts';
import { trueReplay } from '../../api/trueReplay.testing.ts';
import { fakeProcesses } from '../../processes/fakeProcess.testing.ts';
import type { PlayAnswer, PlayMessage } from './protocol.ts';
import { type PlayDeps, type PlayRequest, PlayService } from './service.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';
const replay: Replay = trueReplay(LEVEL, 3);
const request = (policy = 'default'): PlayRequest => ({
  policy,
  levelId: LEVEL,
  seed: 3,
  greedy: false,
  ablation: 'none',
  overrides: [],
  actions: [],
});

let service: PlayService | undefined;
afterEach(() => service?.close());

const from = (id: string) => ({ id, address: id });

function setUp(limits: PlayDeps['limits'] = {}) {
  const { launch, processes } = fakeProcesses<PlayMessage, PlayAnswer>();
  const runs: Record<string, Partial<RunInfo>> = {
    'run-a': { init: 'default', preset: 'nano', policy: 'hrm', seed: 4 },
    'run-b': { init: 'scratch', preset: 'nano', policy: 'gru', seed: 5 },
    'run-z': {
      ...{ init: 'scratch', preset: 'nano', policy: 'hrm', seed: 6 },
      settings: settingsFor('scratch'),
    },
  };
  service = new PlayService({
    launch,
    runOf: (id) => {
      if (!runs[id]) throw new RequestError('not-found', 'no');
      return runs[id] as RunInfo;
    },
    shippedCheckpoints: ['default'],
    checkpointFolder: '/nowhere',
    log: () => undefined,
    limits,
  });
  return { plays: service, processes };
}

test('no process until somebody asks; then one episode at a time, in order', async () => {
  const { plays, processes } = setUp();
  expect(processes).toHaveLength(0);
  const first = plays.play(request('default'), from('a'));
  const second = plays.play(request('expert'), from('b'));
  expect(processes).toHaveLength(1);
  expect(processes[0].got.map(({ choice }) => choice.kind)).toEqual(['shipped']);
  processes[0].answer({ type: 'done', answer: replay });
  expect(await first).toBe(replay);
  expect(processes[0].got.map(({ choice }) => choice.kind)).toEqual(['shipped', 'script']);
  processes[0].answer({
    type: 'refused',
    error: { code: 'bad-request', message: 'depth …', field: 'depth' },
  });
  await expect(second).rejects.toMatchObject({ code: 'bad-request', field: 'depth' });
});

test.each([
  ['default', { kind: 'shipped', name: 'default' }],
  ['random', { kind: 'script', name: 'random' }],
  ['run-a', { kind: 'stored', runId: 'run-a', which: 'newest' }],
  ['run-a.best', { kind: 'stored', runId: 'run-a', which: 'best' }],
  ['run-a.u12', { kind: 'stored', runId: 'run-a', which: 12 }],
  ['run-a.start', { kind: 'shipped', name: 'default' }],
  ['run-b.start', { kind: 'scratch', preset: 'nano', policy: 'gru', seed: 5 }],
  ['run-z.start', { kind: 'scratch', preset: 'nano', policy: 'hrm', seed: 6, plannerLearns: true }],
])('%s names its policy', async (name, choice) => {
  const { plays, processes } = setUp();
  const played = plays.play(request(name), from('a'));
  expect(processes[0].got[0].choice).toEqual(choice);
  processes[0].answer({ type: 'done', answer: replay });
  await played;
});

test.each(['nobody', 'run-a.worst', '../default', 'run-c.u1'])('%s is no policy', async (name) => {
  const { plays, processes } = setUp();
  await expect(plays.play(request(name), from('a'))).rejects.toMatchObject({
    code: 'not-found',
    field: 'policy',
    message: expect.stringContaining('accepted: "default", "expert", "random", a run'),
  });
  expect(processes).toHaveLength(0);
});

test('a crash is told to the one whose episode it was; the others get a new process', async () => {
  const { plays, processes } = setUp();
  const unlucky = plays.play(request(), from('a'));
  const lucky = plays.play(request(), from('b'));
  processes[0].exit('ran out of memory');
  await expect(unlucky).rejects.toMatchObject({
    code: 'internal',
    message: 'The process that plays ran out of memory; try again.',
  });
  expect(processes).toHaveLength(2);
  processes[1].answer({ type: 'done', answer: replay });
  expect(await lucky).toBe(replay);
});

test('an episode without end is given up, and its process with it', async () => {
  const { plays, processes } = setUp({ seconds: 0.03, startSeconds: 0.02 });
  await expect(plays.play(request(), from('a'))).rejects.toMatchObject({
    message: 'This episode took more than 0.05 s to play and was given up.',
  });
  expect(processes[0].isKilled).toBe(true);
  const next = plays.play(request(), from('a'));
  // What the dead one still says is nobody's answer.
  processes[0].answer({ type: 'done', answer: { ...replay, id: 'late' } });
  processes[1].answer({ type: 'done', answer: replay });
  expect((await next).id).toBe(replay.id);
});

test('nobody fills the queue alone, and all together only so far', async () => {
  const { plays, processes } = setUp({ waiting: 5, waitingEach: 3 });
  const asked = [1, 2, 3].map(() => plays.play(request(), from('a')));
  await expect(plays.play(request(), from('a'))).rejects.toMatchObject({ code: 'too-many' });
  asked.push(plays.play(request(), from('b')), plays.play(request(), from('b')));
  await expect(plays.play(request(), from('b'))).rejects.toMatchObject({ code: 'too-many' });
  for (const _ of asked) processes[0].answer({ type: 'done', answer: replay });
  expect(await Promise.all(asked)).toHaveLength(5);
  const more = plays.play(request(), from('a'));
  processes[0].answer({ type: 'done', answer: replay });
  await more;
});

test('who has used least is next, and who has most places gives one up', async () => {
  const { plays, processes } = setUp({ waiting: 4, waitingEach: 3 });
  const order: string[] = [];
  const ask = (id: string, address: string) =>
    plays.play(request(), { id, address }).then(
      () => order.push(id),
      () => order.push(`${id} refused`),
    );
  const greedy = [1, 2, 3, 4].map((n) => ask(`g${n}`, 'greedy'));
  const other = ask('other', 'elsewhere');
  await greedy[3];
  for (const _ of [1, 2, 3, 4]) {
    processes[0]!.answer({ type: 'done', answer: replay });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([...greedy, other]);
  expect(order).toEqual(['g4 refused', 'g1', 'other', 'g2', 'g3']);
});

test('an episode that takes long is given up sooner where others wait', async () => {
  const { plays, processes } = setUp({ seconds: 60, sharedSeconds: 0.03, startSeconds: 0 });
  const long = plays.play(request(), { id: 'a', address: 'a' });
  const other = plays.play(request(), { id: 'b', address: 'b' });
  await expect(long).rejects.toMatchObject({ message: expect.stringMatching(/while others wait/) });
  processes[1]!.answer({ type: 'done', answer: replay });
  expect(await other).toBe(replay);
});

test('an idle process is let go, and started again when needed', async () => {
  const { plays, processes } = setUp({ idleSeconds: 0.02 });
  const first = plays.play(request(), from('a'));
  processes[0].answer({ type: 'done', answer: replay });
  await first;
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(processes[0].isKilled).toBe(true);
  const second = plays.play(request(), from('a'));
  expect(processes).toHaveLength(2);
  processes[1].answer({ type: 'done', answer: replay });
  await second;
});

test('closing refuses what waits and what comes', async () => {
  const { plays, processes } = setUp();
  const asked = [plays.play(request(), from('a')), plays.play(request(), from('a'))];
  plays.close();
  for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'conflict' });
  await expect(plays.play(request(), from('a'))).rejects.toMatchObject({ code: 'conflict' });
  expect(processes[0].isKilled).toBe(true);
});
