/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import type { RecordingInfo } from '../../../shared/protocol.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { simulate } from '../../replay/simulate.ts';
import type { Commands } from '../../ui/commands.ts';
import {
  buttonIn,
  find,
  recordedCommands,
  textsOf,
  watchingStore,
} from '../../ui/panel.testing.ts';
import { createRecordingsPanel } from './recordingsPanel.ts';

const recording = (own: Partial<RecordingInfo>): RecordingInfo => ({
  id: 'r1',
  levelId: 'BabyAI-GoToLocal-v0',
  seed: 5,
  mission: 'go to the red ball',
  success: true,
  steps: 9,
  return: 0.9,
  createdAt: 1000,
  savedAt: 1000,
  runId: 'run-a',
  envSteps: 0,
  ...own,
});

function setUp() {
  const store = watchingStore(aRun());
  const { commands, asked } = recordedCommands<Commands>();
  const panel = createRecordingsPanel(store, commands);
  return { store, asked, panel };
}

test('nothing is kept at first, and the panel says how to keep something', () => {
  const { panel } = setUp();
  expect(textsOf(panel, '.rows')).toEqual([
    'Press Record (R) to keep what you see, then replay, share or download it.',
  ]);
});

test('recordings are listed, the newest first, and the one on the stage is marked', () => {
  const { store, panel } = setUp();
  const late = recording({ id: 'r2', mission: 'open a door', success: false, savedAt: 2000 });
  store.dispatch({ type: 'recordings', recordings: [recording({}), late] });
  const replay = expertReplay('BabyAI-GoToLocal-v0', 5);
  const episode = simulate(replay, { kind: 'recording', id: 'r1' });
  store.dispatch({ type: 'show', episode });
  store.flush();
  expect(textsOf(panel, '.row b')).toEqual(['open a door', 'go to the red ball']);
  const [newest, oldest] = textsOf(panel, '.row small');
  expect(newest).toMatch(/^Not done · 9 steps · /);
  expect(oldest).toMatch(/^Done · 9 steps · /);
  expect(textsOf(panel, '.row[aria-current="true"] b')).toEqual(['go to the red ball']);
  expect(find(panel, '.count').textContent).toBe('2');
});

test('each button asks for its own recording; deleting can be undone', () => {
  const { store, panel, asked } = setUp();
  store.dispatch({ type: 'recordings', recordings: [recording({}), recording({ id: 'r2' })] });
  store.flush();
  const row = find(panel, '[data-recording="r2"]');
  const name = 'go to the red ball, done in 9 steps';
  find(row, '.main').click();
  buttonIn(row, `Copy link: ${name}`).click();
  buttonIn(row, `Download: ${name}`).click();
  buttonIn(row, `Delete: ${name}`).click();
  expect(asked).toEqual([
    ['playRecording', 'r2'],
    ['copyRecordingLink', 'r2'],
    ['downloadRecording', 'r2'],
    ['deleteRecordings', ['r2']],
  ]);
});

test('a chosen file is imported', () => {
  const { panel, asked } = setUp();
  const input = find<HTMLInputElement>(panel, 'input[type="file"]');
  const file = new File(['{}'], 'episode.json');
  Object.defineProperty(input, 'files', { value: [file] });
  input.dispatchEvent(new Event('change'));
  expect(asked).toEqual([['importRecording', file]]);
});

test('a run is told what to record by itself, and says what came of it', () => {
  const { store, panel, asked } = setUp();
  const box = find<HTMLInputElement>(panel, '[data-reason="failures"]');
  box.checked = true;
  box.dispatchEvent(new Event('change'));
  find<HTMLInputElement>(panel, '[aria-label="How many of the next episodes"]').value = '7';
  buttonIn(panel, 'Record the next').click();
  expect(asked).toEqual([
    ['setRecord', { failures: true }],
    ['setRecord', { next: 7 }],
  ]);
  const record = { longestLoop: true, next: 3, made: 12, bytes: 400_000 };
  store.dispatch({ type: 'run', run: aRun({ record }) });
  store.flush();
  expect(find<HTMLInputElement>(panel, '[data-reason="longestLoop"]').checked).toBe(true);
  expect(find(panel, '.record-by-itself [role="status"]').textContent).toBe(
    '3 to come · 12 made, 0.4 of 20 MB',
  );
});
