/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import type { RecordingInfo } from '../../../shared/protocol.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import {
  buttonIn,
  enter,
  find,
  recordedCommands,
  textsOf,
  watchingStore,
} from '../../ui/panel.testing.ts';
import { createLibrary, type LibraryCommands } from './library.ts';
import { replayZip } from './replayZip.ts';

const recording = (id: string, own: Partial<RecordingInfo> = {}): RecordingInfo => ({
  ...{ id, levelId: 'BabyAI-GoToLocal-v0', seed: 1, mission: `go to ${id}`, success: true },
  ...{ steps: 9, return: 1, createdAt: 0, savedAt: 1000, runId: 'run-a', envSteps: 500 },
  ...own,
});

function setUp() {
  const store = watchingStore(aRun());
  const { commands, asked } = recordedCommands<LibraryCommands>();
  const recordings = [recording('a'), recording('b', { success: false }), recording('c')];
  store.dispatch({ type: 'recordings', recordings });
  store.flush();
  createLibrary(store, commands)();
  const library = find(document.body, 'dialog.library:last-of-type');
  const names = () =>
    [...library.querySelectorAll<HTMLInputElement>('[aria-label="Name"]')].map(
      ({ value }) => value,
    );
  return { store, asked, library, names };
}

test('it finds what is looked for, and names and tags are sent', () => {
  const { asked, library, names } = setUp();
  expect(names()).toEqual(['go to a', 'go to b', 'go to c']);
  enter(find<HTMLSelectElement>(library, '[aria-label="Outcome"]'), 'failed');
  expect(names()).toEqual(['go to b']);
  expect(textsOf(library, '[role="status"]')).toEqual(['1 of 3']);
  enter(find<HTMLInputElement>(library, '[aria-label="Name"]'), 'lost');
  enter(find<HTMLInputElement>(library, '[aria-label="Tags of go to b"]'), 'x, y');
  expect(asked).toEqual([
    ['describeRecording', 'b', { name: 'lost' }],
    ['describeRecording', 'b', { tags: ['x', 'y'] }],
  ]);
});

test('those that are chosen are handed out or deleted together, and put back', () => {
  const { store, asked, library } = setUp();
  expect(buttonIn(library, 'Delete').disabled).toBe(true);
  const pick = find<HTMLInputElement>(library, '[aria-label="Choose go to b"]');
  pick.checked = true;
  pick.dispatchEvent(new Event('change'));
  buttonIn(library, 'Download').click();
  buttonIn(library, 'Choose all').click();
  expect(textsOf(library, '[role="status"]')).toEqual(['3 of 3, 3 chosen']);
  buttonIn(library, 'Delete').click();
  store.dispatch({ type: 'recording:removed', recordingId: 'a' });
  store.flush();
  buttonIn(library, 'Undo delete').click();
  expect(asked).toEqual([
    ['downloadRecordings', ['b']],
    ['deleteRecordings', ['b', 'a', 'c']],
    ['restoreRecordings', ['b', 'a', 'c']],
  ]);
});

test('a zip holds each replay as a file of its own, of the same world too', async () => {
  const replay = expertReplay('BabyAI-GoToLocal-v0', 5);
  const files = unzipSync(new Uint8Array(await replayZip([replay, replay]).arrayBuffer()));
  expect(Object.keys(files)).toEqual([
    'BabyAI-GoToLocal-v0-seed5.replay.json',
    'BabyAI-GoToLocal-v0-seed5-2.replay.json',
  ]);
  const [first] = Object.values(files);
  expect(JSON.parse(new TextDecoder().decode(first))).toEqual(replay);
});
