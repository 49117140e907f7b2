import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { io } from 'socket.io-client';
import { checkBase } from './base.ts';
import { Harness } from './harness.testing.ts';

const clientFolder = mkdtempSync(path.join(os.tmpdir(), 'base-test-'));
mkdirSync(path.join(clientFolder, 'assets'));
writeFileSync(path.join(clientFolder, 'index.html'), '<!doctype html><title>the page</title>');
writeFileSync(path.join(clientFolder, 'assets', 'main.js'), 'export {};');
afterAll(() => rmSync(clientFolder, { recursive: true }));

let harness: Harness;
const proxies: Server[] = [];
beforeEach(() => {
  harness = new Harness();
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) {
    proxy.close();
    proxy.closeAllConnections();
  }
  await harness.end();
});

/** A proxy that passes on what is under /lab/, as it comes or without that path; knows nothing else. */
async function startProxy(port: number, takesAway: boolean): Promise<string> {
  const target = ({ url = '' }: IncomingMessage) =>
    takesAway ? url.replace(/^\/lab(?=\/)/, '') : url;
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith('/lab')) return void outgoing.writeHead(404).end('not the lab');
    const { method, headers } = incoming;
    const options = { host: '127.0.0.1', port, method, headers, path: target(incoming) };
    incoming.pipe(
      request(options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }).on('error', () => outgoing.destroy()),
    );
  });
  proxy.on('upgrade', (incoming: IncomingMessage, socket) => {
    if (!incoming.url?.startsWith('/lab/')) return void socket.destroy();
    const upstream = connectTcp(port, '127.0.0.1', () => {
      const lines = [`GET ${target(incoming)} HTTP/1.1`];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2)
        lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on('error', () => end.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxies.push(proxy);
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test.each([
  ['that passes the path on', false, '/lab/'],
  ['that takes the path away', true, '/lab/'],
  ['that takes the path away, of which the server knows nothing', true, '/'],
])('behind a proxy %s', async (_name, takesAway, base) => {
  const app = await harness.start({ clientFolder, base });
  const proxy = await startProxy(app.port, takesAway);
  const text = async (target: string) => (await fetch(proxy + target)).text();
  expect(await text('/lab/')).toContain('the page');
  expect(await text('/lab/assets/main.js')).toBe('export {};');
  expect(JSON.parse(await text('/lab/api/health'))).toMatchObject({ ready: true });
  expect((await fetch(`${proxy}/lab/api/nothing`)).status).toBe(404);
  for (const transports of [['websocket'], ['polling']]) {
    // As the page asks for it: beside itself.
    const socket = io(proxy, { path: '/lab/socket.io/', transports, forceNew: true });
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });
    expect(await socket.emitWithAck('run:list', {})).toMatchObject({ ok: true });
    socket.disconnect();
  }
});

test('the path without its last slash leads to the page; checks of health need no path', async () => {
  const app = await harness.start({ clientFolder, base: '/lab/' });
  const at = `http://127.0.0.1:${app.port}`;
  expect(app.url).toBe(`http://localhost:${app.port}/lab`);
  const bare = await fetch(`${at}/lab?do=change`, { redirect: 'manual' });
  expect([bare.status, bare.headers.get('location')]).toEqual([308, '/lab/?do=change']);
  expect((await fetch(`${at}/api/health`)).status).toBe(200);
  expect((await fetch(`${at}/labyrinth`)).status).toBe(404);
});

test('a base is a plain path between slashes', () => {
  expect(['/', '/lab/', '/a/b-c/d.e/'].map(checkBase)).toEqual([undefined, undefined, undefined]);
  for (const wrong of ['', 'lab', '/lab', 'lab/', '//', '/../', '/a/./', '/a b/', '/a?b/', '/%2e/'])
    expect(`${wrong}: ${checkBase(wrong)}`).toBe(
      `${wrong}: accepted: a path that begins and ends with a slash, such as /lab/`,
    );
});
