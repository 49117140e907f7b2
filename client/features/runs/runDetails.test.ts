/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { aRun } from '../../../shared/run.testing.ts';
import type { Commands } from '../../ui/commands.ts';
import { buttonIn, enter, find, recordedCommands, watchingStore } from '../../ui/panel.testing.ts';
import { tagsIn } from '../../ui/tags.ts';
import { createRunDetails } from './runDetails.ts';

const RUN = aRun({ id: 'one', name: 'keys', tags: ['a', 'b'], note: 'why' });

function setUp() {
  const store = watchingStore(RUN);
  const { commands, asked, refuse } = recordedCommands<Commands>();
  const panel = createRunDetails(store, commands);
  document.body.replaceChildren(panel);
  return { store, panel, asked, refuse };
}

test('it shows what the run is called and what is said of it, and sends what is changed', () => {
  const { panel, asked } = setUp();
  const name = find<HTMLInputElement>(panel, '#run-name');
  expect([name.value, find<HTMLInputElement>(panel, '#run-tags').value]).toEqual(['keys', 'a, b']);
  expect(find<HTMLTextAreaElement>(panel, '#run-note').value).toBe('why');
  enter(name, 'doors');
  enter(find<HTMLInputElement>(panel, '#run-tags'), 'x, y,, x ');
  expect(asked).toEqual([
    ['describeRun', { name: 'doors' }],
    ['describeRun', { tags: ['x', 'y'] }],
  ]);
});

test('measurements are files of the run, and what is refused is said', async () => {
  const { panel, asked, refuse } = setUp();
  buttonIn(panel, 'CSV').click();
  expect(asked).toEqual([['downloadFile', '/api/runs/one/metrics.csv', 'one.metrics.csv']]);
  buttonIn(panel, 'TensorBoard').click();
  expect(asked.at(-1)).toEqual([
    'downloadFile',
    '/api/runs/one/metrics.tfevents',
    expect.stringMatching(/^events\.out\.tfevents\.\d+\.one$/),
  ]);
  refuse.with = new Error('The disk is gone.');
  buttonIn(panel, 'JSON').click();
  await new Promise((resolve) => setTimeout(resolve));
  expect(find(panel, '.wrong').textContent).toBe('The disk is gone.');
});

test('a fork begins at the checkpoint that is chosen', async () => {
  const store = watchingStore(RUN);
  const asked: unknown[] = [];
  const line = { updates: 1, bytes: 1, savedAt: 0 };
  const commands = {
    ...recordedCommands<Commands>().commands,
    listCheckpoints: async () => [
      { id: 'one.u2', envSteps: 200, ...line },
      { id: 'one.u1', envSteps: 100, ...line },
    ],
    forkFrom: (...given: unknown[]) => void asked.push(given),
  } as Commands;
  const panel = createRunDetails(store, commands);
  document.body.replaceChildren(panel);
  const details = panel as HTMLDetailsElement;
  details.open = true;
  details.dispatchEvent(new Event('toggle'));
  await new Promise((resolve) => setTimeout(resolve));
  enter(find<HTMLSelectElement>(panel, '#run-checkpoint'), 'one.u1');
  buttonIn(panel, 'Fork from here').click();
  expect(asked).toEqual([['one', 'one.u1']]);
});

test('tags are words between commas, each once', () => {
  expect(tagsIn(' class 3b ,seed,,seed')).toEqual(['class 3b', 'seed']);
});
