import { expect, test } from '@jest/globals';
import { needsToken, portOf } from './serve.ts';

test.each<[Partial<Parameters<typeof needsToken>[0]>, boolean]>([
  [{}, false],
  [{ host: 'localhost' }, false],
  [{ host: '::1' }, false],
  [{ 'allow-origin': ['http://localhost:5173', 'http://127.0.0.1:80'] }, false],
  [{ host: '0.0.0.0' }, true],
  [{ host: '::' }, true],
  [{ host: '192.168.1.20' }, true],
  [{ proxies: 1 }, true],
  [{ 'allow-origin': ['http://localhost', 'https://class.example'] }, true],
  [{ 'watch-token': 'for-watching-1' }, true],
])('what needs a control token gets one: with %j, %s', (options, expected) => {
  expect(needsToken({ host: '127.0.0.1', proxies: 0, ...options })).toBe(expected);
});

test('the port is the environment’s where no option says it', () => {
  expect([portOf(undefined), portOf(''), portOf('8080'), portOf('0')]).toEqual([
    3000, 3000, 8080, 0,
  ]);
  for (const wrong of ['http', '-1', '65536', '80 80'])
    expect(() => portOf(wrong)).toThrow(
      `PORT is ${JSON.stringify(wrong)}; accepted: a whole number`,
    );
});
