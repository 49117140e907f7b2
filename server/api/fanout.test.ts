import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { io as connect } from 'socket.io-client';
import { ask, Harness, type TestClient } from './harness.testing.ts';
import { trueReplay } from './trueReplay.testing.ts';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.end());

/** What a client hears, in order: names of events, of episodes their ids. */
function heardBy(client: TestClient): string[] {
  const heard: string[] = [];
  client.onAny((event: string, message: { replay?: { id: string }; point?: { updates: number } }) =>
    heard.push(message.replay?.id ?? (message.point ? `point ${message.point.updates}` : event)),
  );
  return heard;
}

const point = (updates: number) => ({
  updates,
  envSteps: updates,
  episodes: updates,
  seconds: updates,
  values: {},
});

test.each(['websocket', 'polling'])(
  'what is said in one turn arrives whole and in order over %s',
  async (transport) => {
    const app = await harness.start();
    const { manager } = app;
    const runId = manager.defaultRunId!;
    await manager.pause(runId);
    const client: TestClient = connect(`http://127.0.0.1:${app.port}`, {
      transports: [transport],
      forceNew: true,
    });
    try {
      await ask(client, 'run:watch', { runId });
      const heard = heardBy(client);
      const replay = trueReplay('BabyAI-GoToLocal-v0', 1);
      manager.emit('point', runId, point(7));
      // Lengths below 126, below 65,536 and above: each has a head of its own form.
      for (const length of [0, 1000, 70_000, 3])
        manager.emit('episode', runId, {
          ...replay,
          id: `e${length}`,
          mission: 'é'.repeat(length),
        });
      manager.emit('point', 'run-other', point(1));
      manager.emit('state', manager.get(runId));
      while (heard.at(-1) !== 'run:state') await new Promise((resolve) => setTimeout(resolve, 20));
      const since = heard.slice(heard.indexOf('point 7'));
      expect(since).toEqual(['point 7', 'e0', 'e1000', 'e70000', 'e3', 'run:state']);
    } finally {
      client.disconnect();
    }
  },
);

test('whoever joins hears nothing of what its snapshot holds already', async () => {
  const app = await harness.start();
  const { manager } = app;
  const runId = manager.defaultRunId!;
  await manager.pause(runId);
  const client = await harness.client(app);
  const heard = heardBy(client);
  const snapshot = manager.archive.snapshot.bind(manager.archive);
  manager.archive.snapshot = (id) => {
    manager.emit('point', runId, point(1));
    return snapshot(id);
  };
  await ask(client, 'run:watch', { runId });
  manager.emit('point', runId, point(2));
  while (!heard.includes('point 2')) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(heard).not.toContain('point 1');
});
