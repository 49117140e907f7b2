import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { addressOf, Holdings } from './address.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

test.each<[number, string | undefined, string]>([
  [0, undefined, '10.0.0.1'],
  // Without a proxy of ours, anybody could have written it.
  [0, '1.1.1.1', '10.0.0.1'],
  [1, '1.1.1.1', '1.1.1.1'],
  [1, '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  [2, '6.6.6.6, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
  [1, undefined, '10.0.0.1'],
  [3, '1.1.1.1', '1.1.1.1'],
  [1, ' , ,', '10.0.0.1'],
])('behind %i proxies that say %j, a request is from %s', (proxies, forwarded, expected) => {
  expect(addressOf(from('10.0.0.1', forwarded), proxies)).toBe(expected);
});

test('what an address holds is counted, and forgotten when all is given back', () => {
  const holdings = new Holdings();
  const giveBack = [holdings.take('a'), holdings.take('a'), holdings.take('b')];
  expect([holdings.of('a'), holdings.of('b'), holdings.of('c')]).toEqual([2, 1, 0]);
  giveBack[0]();
  giveBack[0]();
  expect(holdings.of('a')).toBe(1);
  for (const give of giveBack) give();
  expect((holdings as unknown as { counts: Map<string, number> }).counts.size).toBe(0);
});
