import { expect, test } from '@jest/globals';
import { CommandError } from './connection.ts';
import { patiently } from './patience.ts';

const busy = new CommandError('too-many', 'Too many commands; wait a moment.');

test('asks again while the server is busy, and hands on any other refusal', async () => {
  const answers = [busy, busy, 'here', new CommandError('not-found', 'no such puzzle')];
  const waits: number[] = [];
  const ask = async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const wait = async (ms: number) => void waits.push(ms);
  expect(await patiently(ask, { wait })).toBe('here');
  expect(waits).toEqual([600, 600]);
  await expect(patiently(ask, { wait })).rejects.toThrow('no such puzzle');
});

test('asks no more once nobody wants the answer', async () => {
  let isWanted = true;
  let asked = 0;
  const ask = async () => {
    asked++;
    throw busy;
  };
  const wait = async () => {
    isWanted = false;
  };
  await expect(patiently(ask, { wait, isWanted: () => isWanted })).rejects.toBe(busy);
  expect(asked).toBe(1);
});
