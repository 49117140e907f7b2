import type { IncomingMessage } from 'node:http';
import os from 'node:os';
import { expect, test } from '@jest/globals';
import { Access, type AccessOptions, generateToken, isLoopback } from './access.ts';

const asking = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;
const local: AccessOptions = { host: '127.0.0.1' };
const open: AccessOptions = { host: '0.0.0.0', token: 'control-control' };

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example', false],
])('%s is this machine only: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('rights follow from what is presented', () => {
  expect(new Access(local).rightOf(undefined)).toBe('control');
  const access = new Access(open);
  expect(access.rightOf('control-control')).toBe('control');
  for (const wrong of [undefined, '', 'control-contro', 'control-control ', 'CONTROL-CONTROL'])
    expect(access.rightOf(wrong)).toBe('watch');
  const closed = new Access({ ...open, watchToken: 'watch-watch-1' });
  expect(closed.rightOf('watch-watch-1')).toBe('watch');
  expect(closed.rightOf('control-control')).toBe('control');
  expect(closed.rightOf(undefined)).toBe('none');
});

test('an HTTP request presents its token as a bearer', () => {
  const access = new Access(open);
  expect(access.rightOfRequest(asking({ authorization: 'Bearer control-control' }))).toBe(
    'control',
  );
  expect(access.rightOfRequest(asking({ authorization: 'Basic control-control' }))).toBe('watch');
  expect(access.rightOfRequest(asking({}))).toBe('watch');
});

test('an address that others reach is refused without a token', () => {
  expect(() => new Access({ host: '0.0.0.0' })).toThrow(/needs a control token/);
});

test.each<[AccessOptions, Record<string, string>, boolean]>([
  [local, { host: 'localhost:3000' }, true],
  [local, { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }, true],
  [local, { host: '[::1]:3000', origin: 'http://[::1]:3000' }, true],
  [local, { host: 'localhost:3000', origin: 'http://localhost:5173' }, true],
  [local, { host: 'localhost:3000', origin: 'https://evil.example' }, false],
  [local, { host: 'localhost:3000', origin: 'null' }, false],
  [local, { host: 'evil.example:3000', origin: 'http://evil.example:3000' }, false],
  [local, { host: 'evil.example' }, false],
  [local, {}, false],
  // A name that was made to point here, whether or not there is a token.
  [open, { host: 'class.example', origin: 'http://class.example' }, false],
  [open, { host: 'evil.example:3000' }, false],
  [open, { host: `${os.hostname()}:3000`, origin: `http://${os.hostname()}:3000` }, true],
  [open, { host: '192.168.1.5:3000', origin: 'http://192.168.1.5:3000' }, true],
  [open, { host: '[fe80::1]:3000' }, true],
  [
    local,
    { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    false,
  ],
  [
    local,
    { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    true,
  ],
  [local, { host: 'localhost', 'sec-fetch-site': 'same-origin' }, true],
  [local, { host: '192.168.1.5:3000' }, false],
  [open, { host: '192.168.1.5', origin: 'http://evil.example' }, false],
  [open, { host: '192.168.1.5', origin: 'http://localhost:5173' }, false],
  [
    { ...open, origins: ['https://class.example'] },
    { host: 'class.example', origin: 'https://class.example' },
    true,
  ],
  [
    { ...local, origins: ['https://class.example'] },
    { host: 'class.example', origin: 'https://class.example' },
    true,
  ],
  [{ ...local, origins: ['https://class.example'] }, { host: 'evil.example' }, false],
])('with %j, a request with %j may come in: %s', (options, headers, expected) => {
  expect(new Access(options).allows(asking(headers))).toBe(expected);
});

test('generated tokens are long, fit for a URL, and never the same', () => {
  const tokens = new Set(Array.from({ length: 100 }, generateToken));
  expect(tokens.size).toBe(100);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{32}$/);
});
