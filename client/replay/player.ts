import type { Replay } from '../../shared/replay.ts';
import type { EpisodeOrigin, EpisodeView } from '../store/frames.ts';
import type { Loop, State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { advance, markLoop, stepBy } from './clock.ts';
import type { LocalEpisode } from './localEpisode.ts';
import { following, newestUnseen } from './playlist.ts';

/** Ids of shown episodes that are remembered, so that following live prefers new ones. */
const MAX_REMEMBERED = 400;

/** Decides which episode is on the stage, and at which step. Its decisions go into the store. */
export interface Player {
  /** Moves on by `seconds` of real time. */
  tick(seconds: number): void;
  togglePlay(): void;
  /** Stays where it is. */
  hold(): void;
  goLive(): void;
  setSpeed(speed: number): void;
  stepBy(delta: number): void;
  seek(cursor: number): void;
  /** Sets mark A (`from`) or B (`to`) of the looped stretch at the cursor. */
  markLoop(mark: 'from' | 'to'): void;
  /** Loops this stretch of the shown episode, or nothing. */
  setLoop(loop: Loop | undefined): void;
  /** Shows an episode that the run still has here; nothing where it is gone. */
  showEpisode(id: string): void;
  /** Shows the episode before (−1) or after (+1) the one shown. */
  episodeBy(delta: number): void;
  /**
   * Begins an episode that a person plays, on the level on the stage, or `from` a step of an episode on;
   * `goLive` ends it.
   */
  takeOver(from?: { replay: Replay; step: number }): void;
  /** Begins an episode that a person plays on another level; on this seed, or any. */
  playLevel(levelId: string, seed?: number): void;
  /** One action of the person who plays; nothing when nobody does. */
  act(action: number): void;
  /** Shows a recording, or another episode that was asked for, from a step on and plays it. */
  open(replay: Replay, origin: EpisodeOrigin, step?: number): void;
}

export interface PlayerOptions {
  store: Store;
  simulate: (replay: Replay, origin: EpisodeOrigin) => EpisodeView;
  /** A new episode of this level for a person to play. */
  playByHand: (
    levelId: string,
    from?: { seed: number; actions: readonly number[] },
  ) => LocalEpisode;
  /** An episode of this level by the scripted expert. */
  demonstrate: (levelId: string) => Replay;
  /** Which unseen episode of the run to show first; by default the newest. */
  prefer?: (isSeen: (id: string) => boolean) => string | undefined;
  /** Called with what could not be shown, in plain words. */
  onError: (message: string) => void;
}

export function createPlayer(options: PlayerOptions): Player {
  const { store, simulate, demonstrate, playByHand, onError } = options;
  let byHand: LocalEpisode | undefined;
  const shown = new Set<string>();
  /** A level on which the expert failed, so that it is not tried again at every frame. */
  let hopeless: string | undefined;

  function show(replay: Replay, origin: EpisodeOrigin): boolean {
    shown.add(replay.id);
    if (shown.size > MAX_REMEMBERED) shown.delete(shown.values().next().value as string);
    try {
      store.dispatch({ type: 'show', episode: simulate(replay, origin) });
      return true;
    } catch (error) {
      onError(`This episode cannot be shown: ${(error as Error).message}`);
      return false;
    }
  }

  function showFromRun(at: number): boolean {
    const { episodes, runId } = store.get();
    const replay = episodes[at];
    return !!replay && runId !== undefined && show(replay, { kind: 'run', runId });
  }

  function showLive(): void {
    const state = store.get();
    if (state.episodes.length > 0) {
      const preferred = options.prefer?.((id) => shown.has(id));
      const at = state.episodes.findIndex(({ id }) => id === preferred);
      showFromRun(at >= 0 ? at : newestUnseen(state.episodes, shown));
      return;
    }
    const levelId = state.opening ?? state.runs[state.runId ?? '']?.levelId;
    if (levelId === undefined || levelId === hopeless) return;
    if (!showExpert(levelId)) hopeless = levelId;
  }

  /** Not every level is known to this page: a newer server may have more. */
  function showExpert(levelId: string): boolean {
    try {
      const episode = simulate(demonstrate(levelId), { kind: 'expert' });
      if (episode.frames.length < 2) return false;
      store.dispatch({ type: 'show', episode });
      return true;
    } catch {
      return false;
    }
  }

  /** The expert gives way as soon as the run itself has something to show. */
  function isOver({ episode, episodes, playback }: State): boolean {
    if (!episode) return true;
    const held = playback.mode === 'paused';
    return episode.origin.kind === 'expert' && episodes.length > 0 && !held;
  }

  function moveOn(): void {
    const { playback, episode, episodes } = store.get();
    const kind = episode?.origin.kind;
    if (kind === 'recording' || kind === 'person' || kind === 'whatif' || kind === 'seed') {
      setMode('paused');
      return;
    }
    if (playback.mode === 'playing') {
      const next = following(episodes, episode?.replay.id);
      if (next >= 0) {
        showFromRun(next);
        return;
      }
      // After an old episode the playback stops; after the newest one it follows live again.
      if (!episodes.some(({ id }) => id === episode?.replay.id)) {
        setMode('paused');
        return;
      }
      setMode('live');
    }
    showLive();
  }

  function beginByHand(
    levelId: string,
    from: { seed: number; actions: readonly number[] } | undefined,
  ): void {
    try {
      byHand = playByHand(levelId, from);
    } catch (error) {
      onError((error as Error).message);
      return;
    }
    if (!show(byHand.replay(), { kind: 'person' })) return;
    const cursor = from?.actions.length ?? 0;
    store.dispatch({ type: 'playback', patch: { mode: 'paused', cursor } });
  }

  function setMode(mode: 'live' | 'playing' | 'paused'): void {
    store.dispatch({ type: 'playback', patch: { mode } });
  }

  return {
    tick(seconds) {
      if (isOver(store.get())) showLive();
      const now = store.get();
      if (!now.episode) return;
      const tick = advance(now.playback, now.episode.replay.outcome.steps, seconds);
      if (tick.playback !== now.playback) {
        store.dispatch({ type: 'playback', patch: tick.playback });
      }
      if (tick.finished) moveOn();
    },
    hold: () => setMode('paused'),
    togglePlay() {
      const { playback, episode } = store.get();
      if (playback.mode !== 'paused') {
        setMode('paused');
        return;
      }
      const ended = episode && playback.cursor >= episode.replay.outcome.steps;
      if (ended) store.dispatch({ type: 'playback', patch: { cursor: 0, held: 0 } });
      setMode('playing');
    },
    takeOver(from) {
      const state = store.get();
      const levelId =
        from?.replay.levelId ??
        state.episode?.replay.levelId ??
        state.runs[state.runId ?? '']?.levelId;
      if (levelId === undefined) return;
      const { seed, actions } = from?.replay ?? {};
      const start = seed === undefined ? undefined : { seed, actions: actions ?? [] };
      beginByHand(levelId, start && { ...start, actions: start.actions.slice(0, from?.step) });
    },
    playLevel: (levelId, seed) =>
      beginByHand(levelId, seed === undefined ? undefined : { seed, actions: [] }),
    act(action) {
      if (!byHand || byHand.over || store.get().episode?.origin.kind !== 'person') return;
      byHand.act(action);
      const replay = byHand.replay();
      if (!show(replay, { kind: 'person' })) return;
      // The newest step is played, so that the move is seen.
      const cursor = replay.outcome.steps - 1;
      store.dispatch({ type: 'playback', patch: { mode: 'playing', cursor, held: 0 } });
    },
    goLive() {
      byHand = undefined;
      store.dispatch({ type: 'playback', patch: { loop: undefined } });
      setMode('live');
      showLive();
    },
    setSpeed(speed) {
      store.dispatch({ type: 'playback', patch: { speed } });
    },
    stepBy(delta) {
      const { episode, playback } = store.get();
      if (!episode) return;
      const cursor = stepBy(playback.cursor, episode.replay.outcome.steps, delta);
      store.dispatch({ type: 'playback', patch: { mode: 'paused', cursor, held: 0 } });
    },
    seek(cursor) {
      const { episode, playback } = store.get();
      if (!episode) return;
      const steps = episode.replay.outcome.steps;
      const mode = playback.mode === 'live' ? 'playing' : playback.mode;
      const within = Math.min(steps, Math.max(0, cursor));
      store.dispatch({ type: 'playback', patch: { mode, cursor: within, held: 0 } });
    },
    markLoop(mark) {
      const { episode, playback } = store.get();
      if (!episode) return;
      const { steps } = episode.replay.outcome;
      this.setLoop(markLoop(playback.loop, mark, playback.cursor, steps));
    },
    setLoop(loop) {
      const { playback } = store.get();
      // Looping turns following off.
      const mode = loop && playback.mode === 'live' ? 'playing' : playback.mode;
      store.dispatch({ type: 'playback', patch: { loop, mode } });
    },
    showEpisode(id) {
      const { episodes, playback } = store.get();
      const at = episodes.findIndex((known) => known.id === id);
      if (at < 0) return;
      if (playback.mode === 'live') setMode('playing');
      showFromRun(at);
    },
    episodeBy(delta) {
      const { episode, episodes, playback } = store.get();
      const at = episodes.findIndex((known) => known.id === episode?.replay.id);
      const next = at < 0 ? episodes.length - 1 : at + delta;
      if (next < 0 || next >= episodes.length) return;
      if (playback.mode === 'live') setMode('playing');
      showFromRun(next);
    },
    open(replay, origin, step = 0) {
      if (!show(replay, origin)) return;
      store.dispatch({ type: 'playback', patch: { mode: 'playing', cursor: step } });
    },
  };
}
