import type { Moment } from '../../shared/moments.ts';
import type { Replay } from '../../shared/replay.ts';
import { CommandError } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import type { Player } from '../replay/player.ts';
import type { Store } from '../store/store.ts';
import { throttled } from '../theme/throttle.ts';

/** Between two looks at what is kept, while episodes come in. */
const LIST_MS = 8000;
/** Replays that are kept here, so that scrubbing loads nothing twice. */
const KEPT = 80;
/** An address that has named an episode this long may have been copied. */
const HOLD_MS = 1500;

export interface Moments {
  /**
   * Shows an episode of the watched run, however old, from a step on. Of several asked for in a row only the last
   * is shown. False where it is no longer kept.
   */
  show(id: string, step?: number): Promise<boolean>;
  /** The document of an episode of the watched run; undefined where it is no longer kept. */
  replayOf(id: string): Promise<Replay | undefined>;
}

/** Follows which episodes are kept of the watched run's learning, and fetches those that are asked for. */
export function followMoments(
  store: Store,
  session: Pick<Session, 'send' | 'attempt' | 'notify'>,
  player: Pick<Player, 'open' | 'showEpisode'>,
): Moments {
  const fetched = new Map<string, Promise<Replay | undefined>>();
  let newest = 0;

  const list = throttled(LIST_MS, () => {
    const { runId, connection } = store.get();
    if (runId === undefined || connection !== 'online' || document.hidden) return;
    session.send('episode:list', { runId }).then(
      ({ moments }) => store.dispatch({ type: 'moments', runId, moments }),
      // The run may just have been deleted; the next look says more.
      () => undefined,
    );
  });
  store.watch((state) => state.runId, list);
  store.watch((state) => state.connection, list);
  store.watch((state) => state.episodes, list);

  function fetchReplay(runId: string, episodeId: string): Promise<Replay | undefined> {
    const key = `${runId} ${episodeId}`;
    const known = fetched.get(key);
    if (known) return known;
    const coming = session.send('episode:get', { runId, episodeId }).then(
      ({ replay, playedBy }) => {
        if (playedBy) store.dispatch({ type: 'playedBy', episodeId, playedBy });
        return replay;
      },
      (error: Error) => {
        if (error instanceof CommandError && error.code === 'not-found') return undefined;
        // Asked for again, it may work.
        fetched.delete(key);
        throw error;
      },
    );
    fetched.set(key, coming);
    if (fetched.size > KEPT) fetched.delete(fetched.keys().next().value as string);
    return coming;
  }

  const moments: Moments = {
    async replayOf(id) {
      const { runId, episodes } = store.get();
      if (runId === undefined) return undefined;
      return episodes.find((replay) => replay.id === id) ?? fetchReplay(runId, id);
    },
    async show(id, step) {
      const turn = ++newest;
      const { runId } = store.get();
      const replay = await moments.replayOf(id);
      if (turn !== newest || runId === undefined || runId !== store.get().runId) return true;
      if (!replay) return false;
      player.open(replay, { kind: 'run', runId }, step);
      return true;
    },
  };

  let holding: ReturnType<typeof setTimeout> | undefined;
  const held = new Set<string>();
  store.watch(addressed, (episodeId) => {
    clearTimeout(holding);
    if (episodeId === undefined || held.has(episodeId)) return;
    holding = setTimeout(() => {
      const { runId } = store.get();
      if (runId === undefined || addressed(store.get()) !== episodeId) return;
      held.add(episodeId);
      session.attempt(async () => {
        const answer = await session.send('episode:hold', { runId, episodeId });
        if (!answer.held)
          session.notify(
            'info',
            'This run keeps no more episodes for links: the address shows this one for a while only. Record it to keep it.',
          );
      });
    }, HOLD_MS);
  });
  return moments;
}

/** The episode that the page's address names. */
function addressed({ episode, playback }: ReturnType<Store['get']>): string | undefined {
  return episode?.origin.kind === 'run' && playback.mode !== 'live' ? episode.replay.id : undefined;
}

/** The kept episode whose end is nearest to a number of steps. */
export function nearestMoment(moments: readonly Moment[], envSteps: number): Moment | undefined {
  let best: Moment | undefined;
  for (const moment of moments) {
    const away = Math.abs(moment.envSteps - envSteps);
    if (!best || away < Math.abs(best.envSteps - envSteps)) best = moment;
  }
  return best;
}
