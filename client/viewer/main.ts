import { readReplayFile } from '../features/recordings/files.ts';
import { embeddedReplay } from './embed.ts';
import { createViewer } from './viewer.ts';

/** The replay page: one file that plays the episode within it, or one that is dropped on it. No server is asked. */
const viewer = createViewer(document.getElementById('viewer') as HTMLElement, readReplayFile);
const text = embeddedReplay(document);
if (text !== undefined) viewer.open(new File([text], 'the replay of this page'));
