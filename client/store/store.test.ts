import { expect, test } from '@jest/globals';
import { createStore } from './store.ts';

test('watchers hear of a change once per flush, and only of their own part', () => {
  const store = createStore();
  const speeds: number[] = [];
  let connections = 0;
  store.watch(
    (state) => state.playback.speed,
    (speed) => speeds.push(speed),
  );
  store.watch(
    (state) => state.connection,
    () => connections++,
  );
  store.dispatch({ type: 'playback', patch: { speed: 2 } });
  store.dispatch({ type: 'playback', patch: { speed: 4 } });
  expect(speeds).toEqual([1]);
  store.flush();
  store.flush();
  expect(speeds).toEqual([1, 4]);
  expect(connections).toBe(1);
});

test('what a watcher dispatches is told at the next flush, and a stopped watcher hears nothing', () => {
  const store = createStore();
  const cursors: number[] = [];
  store.watch(
    (state) => state.playback.speed,
    (speed) => store.dispatch({ type: 'playback', patch: { cursor: speed } }),
  );
  const stop = store.watch(
    (state) => state.playback.cursor,
    (cursor) => cursors.push(cursor),
  );
  store.dispatch({ type: 'playback', patch: { speed: 8 } });
  store.flush();
  store.flush();
  expect(cursors).toEqual([1, 8]);
  stop();
  store.dispatch({ type: 'playback', patch: { cursor: 3 } });
  store.flush();
  expect(cursors).toEqual([1, 8]);
});
