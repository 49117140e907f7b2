import { expect, test } from '@jest/globals';
import { AskedProcess, type FromAsked } from './asked.ts';
import { fakeProcesses } from './fakeProcess.testing.ts';

const LIMITS = { waiting: 4, waitingEach: 2, seconds: 30, startSeconds: 30 };
const from = (id: string) => ({ id, address: id });

/** Processes that answer when the test says so. */
function setUp(limits: object = {}) {
  const { launch, processes } = fakeProcesses<string, FromAsked<number>>();
  const log: string[] = [];
  const asked = new AskedProcess<string, number>(launch, {
    name: 'counts',
    limits: { ...LIMITS, ...limits },
    log: (line) => void log.push(line),
  });
  return { asked, processes, log };
}

test('no process until somebody asks; one task at a time; refusals reach who asked', async () => {
  const { asked, processes } = setUp();
  expect(processes).toHaveLength(0);
  const [first, second] = [asked.ask('a', from('x')), asked.ask('b', from('y'))];
  expect(processes[0]!.got).toEqual(['a']);
  processes[0]!.answer({ type: 'done', answer: 1 });
  expect(await first).toBe(1);
  expect(processes[0]!.got).toEqual(['a', 'b']);
  const error = { code: 'bad-request' as const, message: 'no', field: 'puzzle' };
  processes[0]!.answer({ type: 'refused', error });
  await expect(second).rejects.toMatchObject({ field: 'puzzle' });
  asked.close();
  expect(processes[0]!.isKilled).toBe(true);
  await expect(asked.ask('c', from('x'))).rejects.toMatchObject({ code: 'conflict' });
});

test('a process that is lost costs its task, and what waits goes on in another', async () => {
  const { asked, processes, log } = setUp();
  const [lost, next] = [asked.ask('a', from('x')), asked.ask('b', from('x'))];
  await expect(asked.ask('c', from('x'))).rejects.toMatchObject({ code: 'too-many' });
  processes[0]!.exit('ran out of memory');
  await expect(lost).rejects.toMatchObject({
    code: 'internal',
    message: 'The process that counts ran out of memory; try again.',
  });
  expect(log).toEqual(['the process that counts ran out of memory']);
  processes[1]!.answer({ type: 'done', answer: 2 });
  expect(await next).toBe(2);
  asked.close();
});

test('what takes too long is given up, and an idle process is let go', async () => {
  const { asked, processes } = setUp({ seconds: 0.02, startSeconds: 0, idleSeconds: 0.02 });
  await expect(asked.ask('a', from('x'))).rejects.toMatchObject({
    message: 'This took more than 0.02 s and was given up.',
  });
  expect(processes[0]!.isKilled).toBe(true);
  const quick = asked.ask('b', from('x'));
  processes[1]!.answer({ type: 'done', answer: 3 });
  expect(await quick).toBe(3);
  while (!processes[1]!.isKilled) await new Promise((resolve) => setTimeout(resolve, 5));
  asked.close();
});

test('a process that waits for a core has more time, but not without end', async () => {
  const { launch, processes } = fakeProcesses<string, FromAsked<number>>();
  const asked = new AskedProcess<string, number>(
    () => Object.assign(launch(), { computed: () => 0 }),
    { name: 'counts', limits: { ...LIMITS, seconds: 0.02, startSeconds: 0 }, log: () => undefined },
  );
  const begun = performance.now();
  await expect(asked.ask('a', from('x'))).rejects.toMatchObject({
    message: 'This took more than 0.02 s and was given up.',
  });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(99);
  expect(processes[0]!.isKilled).toBe(true);
  asked.close();
});
