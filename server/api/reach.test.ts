import { expect, test } from '@jest/globals';
import { reachableAt } from './reach.ts';

const of = (address: string, internal: boolean) => ({
  ...{ address, internal, netmask: '', mac: '', cidr: null },
  family: 'IPv4' as const,
});
const INTERFACES = { lo: [of('127.0.0.1', true)], eth0: [of('192.168.1.5', false)] };

test('others reach what listens on the network, and what somebody named', () => {
  expect(reachableAt('127.0.0.1', 3000, [], INTERFACES)).toEqual([]);
  expect(reachableAt('0.0.0.0', 3000, [], INTERFACES)).toEqual(['http://192.168.1.5:3000']);
  expect(reachableAt('fd00::7', 80, [], INTERFACES)).toEqual(['http://[fd00::7]:80']);
  expect(reachableAt('localhost', 3000, ['https://class.example/'], INTERFACES)).toEqual([
    'https://class.example',
  ]);
});
