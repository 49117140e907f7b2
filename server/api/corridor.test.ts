import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CORRIDOR } from '../../shared/corridor.testing.ts';
import { EVENTS } from '../../shared/protocol.ts';
import { parseReplay } from '../../shared/replay.ts';
import { createTrainSession } from '../learning/session.ts';
import { EpisodePlayer } from '../play/play.ts';
import { answeringHere } from '../processes/here.testing.ts';
import { launchHere } from '../runs/launchHere.testing.ts';
import { answerPlay } from '../runs/play/answer.ts';
import type { PlayAnswer, PlayMessage } from '../runs/play/protocol.ts';
import { until } from '../runs/until.testing.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';
import { addTask } from '../tasks/index.ts';
import { ask, Harness, next, send } from './harness.testing.ts';

/**
 * A task that is not BabyAI's goes all the way: from the command that makes a run through the real trainer, the store and
 * the events back to whoever watches. No file but the task's own knows of it.
 */
const harness = new Harness();
const player = new EpisodePlayer('wasm');
const options = {
  launch: launchHere(createTrainSession),
  launchPlayer: answeringHere<PlayMessage, PlayAnswer>((message) => answerPlay(player, message)),
  engine: 'wasm',
  workers: 1,
} as const;
beforeAll(() => addTask(new URL('../tasks/corridor.testing.ts', import.meta.url).href));
afterAll(() => harness.end());

const settings = { environments: 16, rolloutSteps: 8, minibatches: 2, evalEpisodes: 10 };

test('a run of another task is made, watched, stopped, resumed and replayed', async () => {
  const store = createMemoryStore();
  const firstRun = { levelId: CORRIDOR, init: 'scratch', settings };
  const app = await harness.start({ ...options, store, firstRun });
  const client = await harness.client(app);
  const { levels } = await ask(client, 'level:list', {});
  expect(levels.find(({ id }) => id === CORRIDOR)).toMatchObject({ title: 'Corridor', width: 7 });

  const [first] = app.manager.list();
  expect(first).toMatchObject({ levelId: CORRIDOR, init: 'scratch', name: `${CORRIDOR} 1` });
  const shown = next(client, 'episode:new');
  const point = next(client, 'metrics:point');
  const tested = next(client, 'metrics:point', ({ point }) => 'evalSuccess' in point.values);
  await ask(client, 'run:watch', { runId: first!.id });
  expect(EVENTS['metrics:point'].message.parse(await point).point.updates).toBeGreaterThan(0);
  const { replay } = EVENTS['episode:new'].message.parse(await shown);
  expect(replay).toMatchObject({ levelId: CORRIDOR, source: { runId: first!.id, policy: 'hrm' } });
  expect(parseReplay(replay).mind?.values).toHaveLength(replay.outcome.steps);
  expect((await tested).point.values.evalSuccess).toBeGreaterThanOrEqual(0);

  const { run: stopped } = await ask(client, 'run:stop', { runId: first!.id });
  await until(app.manager, stopped.id, ({ status }) => status === 'stopped');
  const { updates } = app.manager.get(stopped.id);
  await ask(client, 'run:resume', { runId: stopped.id });
  await until(app.manager, stopped.id, (run) => run.status === 'running' && run.updates > updates);
  const { moments } = await ask(client, 'episode:list', { runId: stopped.id });
  expect(moments[0]).toMatchObject({
    mission: expect.stringMatching(/^go to the (left|right) door$/),
  });

  const saved = await ask(client, 'recording:save', { runId: stopped.id, episodeId: replay.id });
  const { recording } = await ask(client, 'recording:import', {
    replay: { ...replay, id: 'mine' },
  });
  expect([saved.recording.levelId, recording.levelId]).toEqual([CORRIDOR, CORRIDOR]);
  const hashes = replay.hashes.with(1, 99);
  expect(
    await send(client, 'recording:import', { replay: { ...replay, id: 'false', hashes } }),
  ).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('the state after step 1 is another one') },
  });
  const picture = await fetch(`${app.url}/api/levels/${CORRIDOR}/thumbnail.svg`);
  expect([picture.status, await picture.text()]).toEqual([200, expect.stringMatching(/^<svg/)]);
});

test('episodes of it are played for whoever asks, by the run and by the expert', async () => {
  const app = await harness.start({ ...options, firstRun: { levelId: CORRIDOR, settings } });
  const client = await harness.client(app);
  const runId = app.manager.list()[0]!.id;
  await until(app.manager, runId, ({ updates }) => updates > 0);
  await ask(client, 'run:pause', { runId });
  for (const policy of [runId, `${runId}.start`, 'expert', 'random']) {
    const { replay } = await ask(client, 'episode:play', { policy, levelId: CORRIDOR, seed: 5 });
    expect(replay).toMatchObject({ levelId: CORRIDOR, mission: 'go to the right door' });
    if (policy === 'expert') expect(replay.deeds).toEqual(['success']);
  }
});
