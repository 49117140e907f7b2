import type { Replay } from '../../shared/replay.ts';
import { fileNameOf } from '../features/recordings/files.ts';
import { saveFile } from '../ui/saveFile.ts';
import { embed } from '../viewer/embed.ts';

/** The replay page with an episode in it: a file that plays it without a server. */
export async function downloadPage(replay: Replay): Promise<void> {
  const answer = await fetch('./viewer.html');
  const page = embed(answer.ok ? await answer.text() : '', replay);
  const name = fileNameOf(replay).replace(/\.json$/, '.html');
  saveFile(new Blob([page], { type: 'text/html' }), name);
}
