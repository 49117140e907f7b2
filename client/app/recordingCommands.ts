import type { Replay } from '../../shared/replay.ts';
import { readReplayFile } from '../features/recordings/files.ts';
import { replayZip } from '../features/recordings/replayZip.ts';
import type { Session } from '../net/session.ts';
import type { Player } from '../replay/player.ts';
import type { Store } from '../store/store.ts';
import { copyText } from '../ui/copy.ts';
import { saveFile } from '../ui/saveFile.ts';
import { recordingLink } from './address.ts';

export type RecordingCommands = ReturnType<typeof recordingCommands>;

/** What can be done to recordings beside playing them. All reject where the server refuses. */
export function recordingCommands(
  store: Store,
  { send, attempt, notify }: Pick<Session, 'send' | 'attempt' | 'notify'>,
  open: Player['open'],
) {
  async function restore(ids: readonly string[]): Promise<void> {
    for (const recordingId of ids) {
      const { recording } = await send('recording:restore', { recordingId });
      store.dispatch({ type: 'recording:added', recording });
    }
  }
  return {
    restore,
    async remove(ids: readonly string[]): Promise<void> {
      for (const recordingId of ids) {
        await send('recording:delete', { recordingId });
        store.dispatch({ type: 'recording:removed', recordingId });
      }
      const what = ids.length === 1 ? 'The recording is' : `${ids.length} recordings are`;
      notify('info', `${what} deleted.`, { label: 'Undo', act: () => attempt(() => restore(ids)) });
    },
    async describe(recordingId: string, patch: { name?: string; tags?: string[] }): Promise<void> {
      const { recording } = await send('recording:describe', { recordingId, ...patch });
      store.dispatch({ type: 'recording:added', recording });
    },
    async import(file: File): Promise<void> {
      const replay = await readReplayFile(file);
      const { recording } = await send('recording:import', { replay });
      store.dispatch({ type: 'recording:added', recording });
      open(replay, { kind: 'recording', id: recording.id });
    },
    async copyLink(id: string): Promise<void> {
      const link = recordingLink(id);
      if (await copyText(link))
        notify('good', 'Link copied. Whoever opens it sees this recording.');
      else notify('info', link);
    },
    async download(ids: readonly string[]): Promise<void> {
      const replays: Replay[] = [];
      for (const recordingId of ids)
        replays.push((await send('recording:get', { recordingId })).replay);
      saveFile(replayZip(replays), `recordings-${ids.length}.zip`);
    },
  };
}
