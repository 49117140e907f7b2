import type { Replay } from '../../shared/replay.ts';
import { CommandError } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import { simulate } from '../replay/simulate.ts';
import type { EpisodeView } from '../store/frames.ts';
import type { Before, State } from '../store/state.ts';
import type { Store } from '../store/store.ts';

/** Episodes that are kept, so that going back and forth loads nothing twice. */
const KEPT = 24;
const BUSY_MS = 1500;

interface World {
  runId: string;
  levelId: string;
  seed: number;
}

export interface BeforeLearning {
  /**
   * An episode of the run for which the one from before learning is already loaded; the stage prefers it,
   * so that both begin at the same second.
   */
  ready(isSeen: (id: string) => boolean): string | undefined;
}

/**
 * Lets the weights that a run began with play the same worlds as the episodes on the stage. One at a
 * time, and only while somebody watches: playing takes processor time from learning.
 */
export function playBefore(store: Store, session: Pick<Session, 'send'>): BeforeLearning {
  const played = new Map<string, Before>();
  let isBusy = false;

  const keyOf = ({ runId, levelId, seed }: World) => `${runId} ${levelId} ${seed}`;
  const show = () => {
    const state = store.get();
    const kind = state.episode?.origin.kind;
    const world = worldOf(state);
    // A what-if is compared with the same episode without it.
    const control = kind === 'whatif' || kind === 'person' ? state.whatIf.control : undefined;
    const before =
      control ?? (world && (played.get(keyOf(world)) ?? { status: 'coming' as const }));
    const { before: shown } = state;
    const isSame =
      shown?.status === before?.status &&
      shown?.view === before?.view &&
      shown?.title === before?.title;
    if (!isSame) store.dispatch({ type: 'before', before });
  };

  /** What is on the stage, else what will probably be next. */
  function wanted(): World | undefined {
    const state = store.get();
    const now = worldOf(state);
    if (!now || document.hidden || state.view.verb === 'compare') return undefined;
    if (!played.has(keyOf(now))) return now;
    const newest = state.episodes.at(-1);
    if (!newest || state.playback.mode !== 'live' || state.playback.speed > 2) return undefined;
    const next = { runId: now.runId, levelId: newest.levelId, seed: newest.seed };
    // One in advance: the newest changes faster than worlds can be played.
    const ahead = state.episodes.some(
      (one) => one.id !== state.episode?.replay.id && played.has(keyOf({ ...next, ...one })),
    );
    return ahead ? undefined : next;
  }

  async function work(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    try {
      for (let world = wanted(); world; world = wanted()) {
        const before = await play(world);
        if (before) keep(keyOf(world), before);
        else await new Promise((done) => setTimeout(done, BUSY_MS));
        show();
      }
    } finally {
      isBusy = false;
    }
  }

  async function play({ runId, levelId, seed }: World): Promise<Before | undefined> {
    try {
      const policy = `${runId}.start`;
      const { replay } = await session.send('episode:play', { policy, levelId, seed });
      return { status: 'here', view: simulated(replay) };
    } catch (error) {
      if (error instanceof CommandError && error.code === 'too-many') return undefined;
      return { status: 'none', reason: (error as Error).message };
    }
  }

  function keep(key: string, before: Before): void {
    played.set(key, before);
    if (played.size > KEPT) played.delete(played.keys().next().value as string);
  }

  const go = () => {
    show();
    void work();
  };
  store.watch((state) => state.episode, go);
  store.watch((state) => state.episodes, go);
  store.watch((state) => state.view.verb, go);
  store.watch((state) => state.whatIf.control, show);

  return {
    ready(isSeen) {
      const { episodes, runId } = store.get();
      if (runId === undefined) return undefined;
      return episodes.findLast(
        ({ id, levelId, seed }) => !isSeen(id) && played.has(keyOf({ runId, levelId, seed })),
      )?.id;
    },
  };
}

function simulated(replay: Replay): EpisodeView {
  return simulate(replay, { kind: 'whatif' });
}

/** The world of an episode that the watched run has played; undefined for all others. */
function worldOf({ episode, runId }: State): World | undefined {
  const kind = episode?.origin.kind;
  if (!episode || runId === undefined || (kind !== 'run' && kind !== 'seed')) return undefined;
  const { levelId, seed } = episode.replay;
  return { runId, levelId, seed };
}
