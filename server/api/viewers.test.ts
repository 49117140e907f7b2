import type { Socket as NetSocket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sent } from './connection.ts';
import { ask, Harness, next } from './harness.testing.ts';
import { trueReplay } from './trueReplay.testing.ts';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.end());

test('a viewer that stops reading misses episodes and is dropped; one that reads gets them all', async () => {
  const app = await harness.start({
    viewerLimits: { skipBehind: 2, dropBehind: 10_000, dropAfter: 2 },
  });
  const { manager, sockets } = app;
  const stalled = await harness.client(app);
  const good = await harness.client(app);
  const { runs } = await ask(good, 'run:list', {});
  const runId = runs[0].id;
  for (const client of [stalled, good]) await ask(client, 'run:watch', { runId });
  await ask(good, 'run:pause', { runId });
  // Nothing is read any more, as by a laptop that was closed.
  const transport = stalled.io.engine.transport as unknown as { ws: { _socket: NetSocket } };
  transport.ws._socket.pause();

  const big = trueReplay('BabyAI-GoToLocal-v0', 1);
  big.mission = 'x'.repeat(200_000);
  const mostWaiting = () =>
    Math.max(
      ...[...sockets.io.sockets.sockets.values()].map(
        (socket) => (socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length,
      ),
    );
  let received = 0;
  good.on('episode:new', () => received++);
  let sent = 0;
  let longest = 0;
  for (; sockets.counts.dropped === 0; sent++) {
    const arrived = next(good, 'episode:new');
    manager.emit('episode', runId, { ...big, id: String(sent) });
    await arrived;
    longest = Math.max(longest, mostWaiting());
  }
  expect(received).toBe(sent);
  expect(sockets.counts.episodesSkipped).toBeGreaterThan(0);
  expect(longest).toBeLessThanOrEqual(4);
  expect(good.connected).toBe(true);
});

test('it is known when a viewer’s connection has taken what it was sent', async () => {
  const app = await harness.start();
  const client = await harness.client(app);
  const { runs } = await ask(client, 'run:list', {});
  const [socket] = app.sockets.io.sockets.sockets.values();
  const replay = { ...trueReplay('BabyAI-GoToLocal-v0', 1), mission: 'x'.repeat(1_000_000) };
  socket.emit('episode:new', { runId: runs[0].id, replay });
  // Not by the end of its patience, which is longer than this test's: a snapshot would keep its place that long.
  await sent(socket, 3_600_000);
});
