import { type Socket, connect as tcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { App } from '../app.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { sampleReplay } from '../storage/sample.testing.ts';
import { ask, Harness, send } from './harness.testing.ts';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.end());

const until = async (condition: () => boolean) => {
  while (!condition()) await sleep(10);
};

/** A WebSocket that has shaken hands with Engine.IO and says nothing more. */
async function handshake(app: App, more = '') {
  const socket = tcp(app.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text = (text + part).slice(-2000);
  });
  socket.write(
    [
      `GET /socket.io/?EIO=4&transport=websocket${more} HTTP/1.1`,
      `Host: 127.0.0.1:${app.port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n'),
  );
  const isOpen = () => text.includes('"sid"') || (more !== '' && text.includes(' 101 '));
  await until(() => isOpen() || socket.destroyed);
  return socket;
}

/** Joins, as every client does first. */
async function speak(socket: Socket): Promise<void> {
  let text = '';
  socket.on('data', (part: string) => {
    text += part;
  });
  socket.write(frame('40'));
  await until(() => text.includes('40{') || socket.destroyed);
}

/** A text frame as a client sends it, masked with zeros. */
function frame(text: string): Buffer {
  const data = Buffer.from(text);
  const head =
    data.length < 126
      ? [0x81, 0x80 | data.length]
      : [0x81, 0x80 | 126, data.length >> 8, data.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), data]);
}

test('a flood of unknown commands is cut, and its address has to wait', async () => {
  const app = await harness.start({ door: { cuts: { perSecond: 0.001, burst: 2 } } });
  const bystander = await harness.client(app);
  for (let n = 0; n < 2; n++) {
    const socket = await handshake(app);
    await speak(socket);
    const flood = frame('42["no:such",{}]');
    socket.write(Buffer.concat(Array.from({ length: 5000 }, () => flood)));
    await until(() => socket.destroyed);
  }
  expect(app.sockets.door.cut.flood).toBe(2);
  await expect(harness.client(app)).rejects.toThrow();
  expect((await ask(bystander, 'run:list', {})).runs).toHaveLength(1);
});

test('who floods before joining is closed, and cut where it goes on', async () => {
  const app = await harness.start();
  const socket = await handshake(app);
  const flood = Buffer.concat(Array.from({ length: 5000 }, () => frame('42["no:such",{}]')));
  // Not in one piece, so that what comes after the goodbye is seen.
  const timer = setInterval(() => socket.destroyed || socket.write(flood.subarray(0, 2000)), 5);
  await until(() => socket.destroyed);
  clearInterval(timer);
  expect(app.sockets.door.cut.flood).toBe(1);
});

test('a WebSocket that began with polling is cut as any other', async () => {
  const app = await harness.start();
  const polling = `http://127.0.0.1:${app.port}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string };
  const say = (body: string) => fetch(`${polling}&sid=${sid}`, { method: 'POST', body });
  await say('40');
  const socket = await handshake(app, `&sid=${sid}`);
  socket.write(frame('2probe'));
  await sleep(50);
  socket.write(frame('5'));
  await sleep(50);
  for (let n = 0; n < 30; n++) socket.write(frame('42["no:such",{}]'));
  await until(() => socket.destroyed);
  expect(app.sockets.door.cut.flood).toBe(1);
});

test('a body of a million packets is not taken apart', async () => {
  const app = await harness.start();
  const polling = `http://127.0.0.1:${app.port}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string };
  const body = '3\x1e'.repeat(1_000_000);
  await fetch(`${polling}&sid=${sid}`, { method: 'POST', body }).catch(() => undefined);
  expect(app.sockets.door.cut.flood).toBe(1);
  expect((await fetch(`${polling}&sid=${sid}`)).status).toBe(400);
});

test('what is within the limits is all answered, in order, however it comes', async () => {
  const app = await harness.start({ rates: { commands: { perSecond: 1, burst: 1000 } } });
  const socket = await handshake(app);
  await speak(socket);
  let text = '';
  socket.on('data', (part: string) => {
    text += part;
  });
  const COUNT = 300;
  const all = Array.from({ length: COUNT }, (_, n) => frame(`42${n}["run:unwatch",{"runId":"x"}]`));
  socket.write(Buffer.concat(all));
  await until(() => text.includes(`43${COUNT - 1}[`));
  const ids = [...text.matchAll(/43(\d+)\[/g)].map(([, id]) => Number(id));
  expect(ids).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  socket.destroy();
});

test('requests that are sent without waiting for answers are cut; others are served', async () => {
  const app = await harness.start();
  const socket = tcp(app.port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.write('GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(1000));
  await until(() => socket.destroyed);
  expect(app.sockets.door.cut.flood).toBe(1);
  expect((await fetch(`${app.url}/api/runs`)).status).toBe(200);
});

test('an address shakes hands so often and no more', async () => {
  const app = await harness.start({ door: { handshakes: { perSecond: 0.001, burst: 2 } } });
  const client = await harness.client(app);
  await harness.client(app);
  await expect(harness.client(app)).rejects.toThrow();
  expect((await ask(client, 'run:list', {})).runs).toHaveLength(1);
});

test('what is refused counts: who goes on with it is cut', async () => {
  const app = await harness.start({ rates: { refusals: { perSecond: 0.001, burst: 5 } } });
  const client = await harness.client(app);
  const out = new Promise((resolve) => client.on('disconnect', resolve));
  for (let n = 0; n < 5; n++)
    expect(await send(client, 'run:watch', { runId: 'none' })).toMatchObject({ ok: false });
  client.emit('run:watch', { runId: 'none' }, () => undefined);
  await out;
});

test('silent handshakes give way to newer ones; who has spoken stays', async () => {
  const app = await harness.start({ door: { silentEach: 3 } });
  const client = await harness.client(app);
  const silent = await Promise.all(Array.from({ length: 8 }, () => handshake(app)));
  await until(() => silent.filter((socket) => !socket.destroyed).length === 3);
  expect(app.sockets.door.cut.silent).toBe(5);
  expect((await ask(client, 'run:list', {})).runs).toHaveLength(1);
  expect((await ask(await harness.client(app), 'run:list', {})).runs).toHaveLength(1);
  for (const socket of silent) socket.destroy();
});

test('one address has so many TCP connections and no more', async () => {
  const app = await harness.start({ door: { connectionsEach: 3 } });
  const lines = Array.from({ length: 5 }, () => tcp(app.port, '127.0.0.1'));
  for (const line of lines) line.on('error', () => undefined).resume();
  await until(() => lines.filter((line) => line.destroyed).length === 2);
  expect(app.sockets.door.cut.places).toBe(2);
  for (const line of lines) line.destroy();
});

test('who asks for much and does not read is refused, then cut; the server does not grow', async () => {
  const store = createMemoryStore();
  const long = { ...sampleReplay('ep-1'), mission: 'x'.repeat(1_000_000) };
  const { recording } = store.saveRecording(long, 1);
  const app = await harness.start({ store, door: { stuckSeconds: 1 } });
  const socket = await handshake(app);
  await speak(socket);
  socket.pause();
  const wish = frame(`420["recording:get",{"recordingId":"${recording.id}"}]`);
  const timer = setInterval(() => socket.destroyed || socket.write(wish), 30);
  let most = 0;
  await until(() => {
    for (const { conn } of app.sockets.io.sockets.sockets.values())
      most = Math.max(most, conn.request.socket.writableLength);
    return app.sockets.door.cut.unread + app.sockets.door.cut.flood > 0;
  });
  clearInterval(timer);
  expect(most).toBeLessThan(8_000_000);
  socket.destroy();
});

test('tokens are not guessed: failures are counted for each address', async () => {
  const app = await harness.start({ token: 'for-control-123', watchToken: 'for-watching-1' });
  const guess = (token: string) => harness.client(app, { token }).catch((error: Error) => error);
  for (let n = 0; n < 20; n++) expect(await guess(`wrong-token-${n}`)).toBeInstanceOf(Error);
  // From here on even the right one has to wait.
  expect(await guess('for-control-123')).toBeInstanceOf(Error);
  const answers = [];
  for (let n = 0; n < 25; n++)
    answers.push(
      (await fetch(`${app.url}/api/runs`, { headers: { authorization: `Bearer guess-${n}` } }))
        .status,
    );
  expect(answers.slice(0, 20)).toEqual(Array(20).fill(403));
  expect(answers.slice(-3)).toEqual([429, 429, 429]);
});
