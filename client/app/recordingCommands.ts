import type { Replay } from '../../shared/replay.ts';
import { replayZip } from '../features/recordings/replayZip.ts';
import type { Session } from '../net/session.ts';
import type { Store } from '../store/store.ts';
import { saveFile } from '../ui/saveFile.ts';

export type RecordingCommands = ReturnType<typeof recordingCommands>;

/** What can be done to recordings beside playing them. All reject where the server refuses. */
export function recordingCommands(
  store: Store,
  { send, attempt, notify }: Pick<Session, 'send' | 'attempt' | 'notify'>,
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
    async download(ids: readonly string[]): Promise<void> {
      const replays: Replay[] = [];
      for (const recordingId of ids)
        replays.push((await send('recording:get', { recordingId })).replay);
      saveFile(replayZip(replays), `recordings-${ids.length}.zip`);
    },
  };
}
