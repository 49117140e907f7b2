import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Turns } from './turns.ts';

test('does so much in a turn, in order, and others come between', async () => {
  const turns = new Turns(2);
  const done: number[] = [];
  for (let n = 0; n < 5; n++) turns.run(() => void done.push(n));
  expect(done).toEqual([0, 1]);
  await turn();
  expect(done).toEqual([0, 1, 2, 3]);
  turns.run(() => void done.push(5));
  await turn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  await turn();
  turns.run(() => void done.push(6));
  expect(done).toHaveLength(7);
});
