import type { Replay } from '../../shared/replay.ts';
import type { Session } from '../net/session.ts';
import type { Player } from '../replay/player.ts';
import type { Store } from '../store/store.ts';
import type { Commands } from '../ui/commands.ts';
import type { Moments } from './moments.ts';

export interface TaleParts {
  store: Store;
  session: Session;
  player: Player;
  /** A small picture of an episode's end as an address. */
  picture(replay: Replay): string;
}

/** Brings the story of a run when somebody asks for it. */
export function bringTale(host: HTMLElement, { store, session, player, picture }: TaleParts): void {
  let isHere = false;
  store.watch(
    (state) => state.view.course === 'story' && state.runId !== undefined,
    (isWanted) => {
      if (!isWanted || isHere) return;
      isHere = true;
      session.attempt(async () => {
        const { createTale } = await import('../features/story/tale.ts');
        createTale(host, {
          ...{ store, picture, send: session.send, attempt: session.attempt },
          show(replay, step, held) {
            player.open(replay, { kind: 'seed' }, step);
            if (held) player.hold();
          },
          seek(step, held) {
            const mode = held ? 'paused' : 'playing';
            store.dispatch({ type: 'playback', patch: { mode, cursor: step, held: 0 } });
          },
        });
      });
    },
  );
}

export interface ClassParts extends Omit<TaleParts, 'picture'> {
  moments: Pick<Moments, 'replayOf'>;
  commands: Commands;
}

/** Brings the class when somebody opens or joins it. Returns how: in control, or to watch. */
export function bringClass(
  host: HTMLElement,
  { store, session, player, moments, commands }: ClassParts,
): (lead: boolean) => void {
  const bring = async () =>
    (await import('../features/classroom/classroom.ts')).createClassroom(host, {
      ...{ store, session, commands },
      open: player.open,
      replayOf: moments.replayOf,
    });
  let coming: ReturnType<typeof bring> | undefined;
  return (lead) =>
    session.attempt(async () => {
      coming ??= bring();
      (await coming)(lead);
    });
}
