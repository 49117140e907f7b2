import { describe, expect, test } from '@jest/globals';
import type { Replay } from '../../shared/replay.ts';
import { aRun } from '../../shared/run.testing.ts';
import { atEnd, narrate } from '../selectors/steps.ts';
import { createStore } from '../store/store.ts';
import { demonstrate } from './demonstrate.ts';
import { expertReplay } from './expert.testing.ts';
import { playByHand } from './localEpisode.ts';
import { createPlayer } from './player.ts';
import { simulate } from './simulate.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';

function setUp(episodes: Replay[] = []) {
  const store = createStore();
  const errors: string[] = [];
  const player = createPlayer({
    store,
    simulate,
    demonstrate: (levelId) => demonstrate(levelId, 3),
    playByHand: (levelId, from) => playByHand(levelId, from?.seed ?? 5, from?.actions),
    onError: (message) => errors.push(message),
  });
  store.dispatch({
    type: 'watch',
    snapshot: {
      run: aRun({ id: 'run', name: 'run', levelId: LEVEL }),
      metrics: [],
      changes: [],
      episodes,
    },
  });
  const add = (replay: Replay) => store.dispatch({ type: 'episode', runId: 'run', replay });
  const shown = () => store.get().episode?.replay.id;
  /** Plays until another episode is shown. */
  const playOn = () => {
    const before = store.get().episode;
    for (let i = 0; i < 4000 && store.get().episode === before; i++) player.tick(0.1);
  };
  return { store, player, errors, add, shown, playOn };
}

const episode = (seed: number): Replay => ({ ...expertReplay(LEVEL, seed), id: `e${seed}` });

describe('following live', () => {
  test('shows the newest episode, then the newest that it has not shown, and never nothing', () => {
    const { player, add, shown, playOn } = setUp([episode(1), episode(2)]);
    player.tick(0);
    expect(shown()).toBe('e2');
    add(episode(4));
    add(episode(5));
    playOn();
    expect(shown()).toBe('e5');
    playOn();
    expect(shown()).toBe('e4');
    playOn();
    expect(shown()).toBe('e1');
    playOn();
    expect(shown()).toBe('e5');
  });

  test('until the run has an episode the expert plays, and gives way at once', () => {
    const { store, player, add, shown } = setUp();
    player.tick(0);
    expect(store.get().episode?.origin.kind).toBe('expert');
    expect(store.get().episode?.replay.levelId).toBe(LEVEL);
    add(episode(1));
    player.tick(0.01);
    expect(shown()).toBe('e1');
  });

  test('scrubbing leaves the live edge, and Go to live returns to it', () => {
    const { store, player, add, shown } = setUp([episode(1)]);
    player.tick(0);
    player.seek(2);
    expect(store.get().playback).toMatchObject({ mode: 'playing', cursor: 2 });
    add(episode(2));
    player.goLive();
    expect(store.get().playback.mode).toBe('live');
    expect(shown()).toBe('e2');
  });
});

describe('playing what is there', () => {
  test('goes through the episodes in order and is live again once it has caught up', () => {
    const { store, player, shown, playOn } = setUp([episode(1), episode(2), episode(3)]);
    player.tick(0);
    player.episodeBy(-1);
    player.episodeBy(-1);
    expect([shown(), store.get().playback.mode]).toEqual(['e1', 'playing']);
    playOn();
    expect(shown()).toBe('e2');
    playOn();
    playOn();
    expect(store.get().playback.mode).toBe('live');
  });

  test('stepping pauses; playing from the end starts over', () => {
    const { store, player } = setUp([episode(1)]);
    player.tick(0);
    player.stepBy(1);
    expect(store.get().playback).toMatchObject({ mode: 'paused', cursor: 1 });
    player.tick(5);
    expect(store.get().playback.cursor).toBe(1);
    player.seek(999);
    player.togglePlay();
    expect(store.get().playback).toMatchObject({ mode: 'playing', cursor: 0 });
  });

  test('a recording plays to its end and stays there', () => {
    const { store, player } = setUp([episode(1)]);
    const recording = episode(8);
    player.open(recording, { kind: 'recording', id: 'r' });
    for (let i = 0; i < 1000; i++) player.tick(0.1);
    expect(store.get().episode?.replay.id).toBe('e8');
    expect(store.get().playback).toMatchObject({
      mode: 'paused',
      cursor: recording.outcome.steps,
    });
  });
});

test('an episode of an unknown level is refused in words, and what was shown stays', () => {
  const { player, errors, shown } = setUp([episode(1)]);
  player.tick(0);
  player.open({ ...episode(2), levelId: 'BabyAI-Nowhere-v0' }, { kind: 'recording', id: 'r' });
  expect(errors).toEqual([expect.stringContaining('BabyAI-Nowhere-v0')]);
  expect(shown()).toBe('e1');
});

test('a person takes over on the level of the stage, sees every action, and hands back', () => {
  const { store, player } = setUp([expertReplay(LEVEL, 1)]);
  player.goLive();
  player.act(2);
  expect(store.get().episode?.origin.kind).toBe('run');
  player.takeOver();
  const began = store.get();
  expect(began.episode?.replay.levelId).toBe(LEVEL);
  expect([began.episode?.origin.kind, began.episode?.replay.outcome.steps]).toEqual(['person', 0]);
  expect([atEnd(began), narrate(began)]).toEqual([
    false,
    `Your turn: ${began.episode?.replay.mission}.`,
  ]);
  player.act(1);
  player.act(1);
  for (let i = 0; i < 100; i++) player.tick(0.1);
  const after = store.get();
  expect(after.episode?.replay.actions).toEqual([1, 1]);
  expect(after.episode?.frames.at(-1)?.direction).toBe(
    ((began.episode?.frames[0].direction ?? 0) + 2) % 4,
  );
  expect([after.playback.mode, after.playback.cursor]).toEqual(['paused', 2]);
  player.goLive();
  expect(store.get().episode?.origin.kind).toBe('run');
  player.act(1);
  expect(store.get().episode?.origin.kind).toBe('run');
});

test('a person takes over in the middle of an episode; what is tried out ends with another episode', () => {
  const recorded = expertReplay('BabyAI-PutNextLocal-v0', 1);
  const { store, player } = setUp([recorded]);
  player.goLive();
  player.takeOver({ replay: recorded, step: 2 });
  const { episode, playback } = store.get();
  expect(episode?.replay.actions).toEqual(recorded.actions.slice(0, 2));
  expect(episode?.replay.hashes).toEqual(recorded.hashes.slice(0, 3));
  expect([episode?.origin.kind, playback.mode, playback.cursor]).toEqual(['person', 'paused', 2]);

  store.dispatch({ type: 'whatIf', patch: { told: 'you act from step 3', policy: 'run' } });
  player.act(1);
  expect(store.get().episode?.replay.actions).toEqual([...recorded.actions.slice(0, 2), 1]);
  expect(store.get().whatIf.told).toBe('you act from step 3');
  player.open(recorded, { kind: 'whatif' }, 2);
  expect([store.get().playback.cursor, store.get().whatIf.policy]).toEqual([2, 'run']);
  for (let i = 0; i < 1000; i++) player.tick(0.1);
  expect(store.get().episode?.origin.kind).toBe('whatif');
  player.goLive();
  expect(store.get().whatIf).toMatchObject({ told: '', policy: '', from: undefined });
});
