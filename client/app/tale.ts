import type { Replay } from '../../shared/replay.ts';
import { createTale } from '../features/story/tale.ts';
import type { Session } from '../net/session.ts';
import type { Player } from '../replay/player.ts';
import type { Store } from '../store/store.ts';

/** Lets the story of the watched run play on the stage. */
export function fillTale(
  host: HTMLElement,
  store: Store,
  { send, attempt }: Pick<Session, 'send' | 'attempt'>,
  player: Pick<Player, 'open' | 'hold'>,
  picture: (replay: Replay) => string,
): void {
  createTale(host, {
    ...{ store, send, attempt, picture },
    show(replay, step, held) {
      player.open(replay, { kind: 'seed' }, step);
      if (held) player.hold();
    },
    seek(step, held) {
      const mode = held ? 'paused' : 'playing';
      store.dispatch({ type: 'playback', patch: { mode, cursor: step, held: 0 } });
    },
  });
}
