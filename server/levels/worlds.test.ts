import { expect, test } from '@jest/globals';
import { fakeProcesses } from '../processes/fakeProcess.testing.ts';
import { sampleReplay } from '../storage/sample.testing.ts';
import { type WorldLimits, Worlds } from './worlds.ts';
import type { FromWorlds, ToWorlds } from './worldTasks.ts';

const from = (id: string) => ({ id, address: id });

function setUp(limits: Partial<WorldLimits> = {}) {
  const { launch, processes } = fakeProcesses<ToWorlds, FromWorlds>();
  return { worlds: new Worlds(launch, () => undefined, limits), processes };
}

test('a picture is drawn once for all who ask, failures too', async () => {
  const { worlds, processes } = setUp();
  const both = [worlds.draw('a', from('x')), worlds.draw('a', from('y'))];
  expect(processes[0]!.got).toHaveLength(1);
  processes[0]!.answer({ type: 'done', answer: '<svg/>' });
  expect(await Promise.all(both)).toEqual(['<svg/>', '<svg/>']);
  const wrong = worlds.draw('b', from('x'));
  const error = { code: 'bad-request' as const, message: 'cannot be placed', field: 'levelId' };
  processes[0]!.answer({ type: 'refused', error });
  await expect(wrong).rejects.toMatchObject({ message: 'cannot be placed' });
  await expect(worlds.draw('b', from('x'))).rejects.toMatchObject({ code: 'bad-request' });
  expect(processes[0]!.got).toHaveLength(2);
  worlds.close();
});

test('what takes too long is given up, kept as a failure, and others go on', async () => {
  const { worlds, processes } = setUp({ seconds: 0.02, startSeconds: 0 });
  const slow = worlds.draw('slow', from('x'));
  const other = worlds.verify(sampleReplay('ep-1'), from('y'));
  await expect(slow).rejects.toMatchObject({ message: expect.stringMatching(/given up/) });
  expect(processes[0]!.isKilled).toBe(true);
  processes[1]!.answer({ type: 'done', answer: { ok: true } });
  expect(await other).toEqual({ ok: true });
  await expect(worlds.draw('slow', from('z'))).rejects.toMatchObject({ code: 'bad-request' });
  expect(processes).toHaveLength(2);
  worlds.close();
});

test('a process that is lost costs the task it was doing, which may be asked again', async () => {
  const { worlds, processes } = setUp();
  const lost = worlds.draw('a', from('x'));
  processes[0]!.exit('was killed');
  await expect(lost).rejects.toMatchObject({ code: 'internal' });
  const again = worlds.draw('a', from('x'));
  processes[1]!.answer({ type: 'done', answer: '<svg/>' });
  expect(await again).toBe('<svg/>');
  worlds.close();
});

test('who asks for many waits for who asks for one', async () => {
  const { worlds, processes } = setUp();
  const order: string[] = [];
  const ask = (levelId: string, id: string) =>
    worlds.draw(levelId, from(id)).then(() => order.push(levelId));
  const all = [ask('1', 'many'), ask('2', 'many'), ask('3', 'many'), ask('4', 'one')];
  for (const _ of all) {
    processes[0]!.answer({ type: 'done', answer: '' });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  expect(order).toEqual(['1', '4', '2', '3']);
  worlds.close();
});
