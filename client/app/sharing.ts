import { createFilmBar } from '../features/film/filmBar.ts';
import { downloadReplay, fileNameOf } from '../features/recordings/files.ts';
import { openShare } from '../features/share/share.ts';
import type { Session } from '../net/session.ts';
import type { Store } from '../store/store.ts';
import { formatPlace, placeOf } from './address.ts';

/** Opens the dialog with the link to what is on the stage; others of the page's ways to show it stand there, too. */
export async function openSharing(
  store: Store,
  { send, attempt }: Pick<Session, 'send' | 'attempt'>,
  openClass: () => void,
): Promise<void> {
  const reach = await send('server:reach', {});
  const state = store.get();
  const { episode, runId, classroom } = state;
  const url = new URL(location.href);
  // What is on the stage now, also while it follows live.
  const mode = state.playback.mode === 'live' ? 'playing' : state.playback.mode;
  url.search = formatPlace(placeOf({ ...state, playback: { ...state.playback, mode } }));
  if (episode?.origin.kind === 'run' && runId !== undefined)
    await send('episode:hold', { runId, episodeId: episode.replay.id });
  openShare({
    ...{ here: url.href, reach },
    film:
      episode &&
      createFilmBar({
        subject: () => ({
          shown: { replay: episode.replay },
          name: fileNameOf(episode.replay).replace('.replay.json', ''),
        }),
        tip: 'The episode with its goals, as a picture that moves or a video',
        attempt,
      }).element,
    openClass: classroom ? undefined : openClass,
    saveFile: episode && (() => downloadReplay(episode.replay)),
    savePage:
      episode &&
      (() => attempt(async () => (await import('./replayPage.ts')).downloadPage(episode.replay))),
  });
}
