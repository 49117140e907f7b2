/** @jest-environment @happy-dom/jest-environment */
import { expect, jest, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import { aRun } from '../../../shared/run.testing.ts';
import type { Commands } from '../../ui/commands.ts';
import {
  buttonIn,
  enter,
  find,
  holdTime,
  recordedCommands,
  textsOf,
  watchingStore,
} from '../../ui/panel.testing.ts';
import { createRunsPanel } from './runsPanel.ts';
import { createTrainingPanel } from './trainingPanel.ts';

holdTime();

const LEARNING = aRun({
  id: 'one',
  name: 'keys',
  createdAt: 1,
  envSteps: 12_000,
  evalSuccess: 0.5,
});
const ENDED = aRun({ id: 'two', name: '', createdAt: 2, status: 'finished', success: 0.98 });

function runsOf(watched = LEARNING) {
  const store = watchingStore(watched);
  store.dispatch({ type: 'runs', runs: [ENDED, LEARNING] });
  const { commands, asked } = recordedCommands<Commands>();
  return { store, asked, panel: createRunsPanel(store, commands) };
}

test('runs: those that learn come first, each with its status, steps and success', () => {
  const { panel } = runsOf();
  expect(textsOf(panel, '.row .main b')).toEqual(['keys', 'GoToLocal']);
  expect(textsOf(panel, '.row .main small')).toEqual([
    'Learning · 12 k steps · success 50 %',
    'Finished · 0 steps · success 98 %',
  ]);
  expect(textsOf(panel, '.row[aria-current="true"] b')).toEqual(['keys']);
  expect(find(panel, '.count').textContent).toBe('2');
});

test('runs: a click watches, and the one that is watched is marked', () => {
  const { store, panel, asked } = runsOf();
  find(panel, '[data-run="two"]').click();
  expect(asked).toEqual([['watchRun', 'two']]);
  store.dispatch({
    type: 'watch',
    snapshot: { run: ENDED, metrics: [], changes: [], episodes: [] },
  });
  store.flush();
  expect(textsOf(panel, '.row[aria-current="true"] b')).toEqual(['GoToLocal']);
});

test('runs: one that learns can be ended, one that has ended deleted, and only by a second press', () => {
  const { panel, asked } = runsOf();
  expect(panel.querySelectorAll('.row > .button')).toHaveLength(2);
  buttonIn(panel, 'End the run keys').click();
  buttonIn(panel, 'Delete the run GoToLocal').click();
  expect(asked).toEqual([]);
  buttonIn(panel, 'End it?').click();
  buttonIn(panel, 'Delete it?').click();
  expect(asked).toEqual([
    ['stopRun', 'one'],
    ['deleteRun', 'two'],
  ]);
});

test('runs: a fork stands under its parent, says where it branched off, and is compared with it', () => {
  const { store, panel, asked } = runsOf();
  const fork = {
    ...{ run: 'two', name: 'old', checkpoint: 'two.u9', init: 'default', updates: 9 },
    ...{ envSteps: 9000, worlds: 'kept' as const },
  };
  const child = aRun({ id: 'three', name: 'paid', createdAt: 3, status: 'stopped', fork });
  store.dispatch({ type: 'runs', runs: [child, { ...ENDED, name: 'doors' }, LEARNING] });
  store.flush();
  jest.runAllTimers();
  store.flush();
  expect(textsOf(panel, '.row .main b')).toEqual(['keys', 'doors', 'paid']);
  expect(find(panel, '[data-depth="1"] small').textContent).toBe(
    'Stopped · 0 steps · from step 9,000 of doors',
  );
  buttonIn(panel, 'Compare paid with what it branched off from').click();
  expect(asked).toEqual([['compareWithParent', 'three']]);
});

test('settings: what may change has a slider, what is fixed is said', async () => {
  const store = watchingStore(aRun({ parameters: 720_000, seed: 7 }));
  const { commands, asked } = recordedCommands<Commands>();
  const panel = createTrainingPanel(store, commands);
  const slider = find<HTMLInputElement>(panel, '[data-field="learningRate"] input');
  expect(slider.valueAsNumber).toBeCloseTo(DEFAULT_SETTINGS.learningRate, 9);
  expect(panel.querySelector('[data-field="rolloutSteps"]')).toBe(null);
  const facts = Object.fromEntries(
    textsOf(panel, 'dt').map((name, i) => [name, textsOf(panel, 'dd')[i]]),
  );
  expect(facts).toMatchObject({
    'Started from': 'default',
    Policy: 'hrm · nano',
    Parameters: '720 k',
    Seed: '7',
  });
  enter(find<HTMLInputElement>(panel, '[data-field="gamma"] input'), 0.95, 'input');
  await jest.runAllTimersAsync();
  expect(asked).toEqual([['setSettings', { gamma: 0.95 }]]);
  const settings = { ...DEFAULT_SETTINGS, gamma: 0.95 };
  store.dispatch({ type: 'run', run: aRun({ settings }) });
  store.flush();
  buttonIn(panel, 'Undo last change').click();
  await jest.runAllTimersAsync();
  expect(asked.slice(1)).toEqual([['setSettings', { gamma: DEFAULT_SETTINGS.gamma }]]);
});
