/** @jest-environment @happy-dom/jest-environment */
import { expect, jest, test } from '@jest/globals';
import { DEFAULT_REWARDS, REWARD_PRESETS } from '../../../shared/rewards.ts';
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
import { createRewardsPanel } from './rewardsPanel.ts';

holdTime();

function setUp() {
  const store = watchingStore(aRun());
  const { commands, asked, refuse } = recordedCommands<Commands>();
  const panel = createRewardsPanel(store, commands);
  /** The server's answer: the run, with these weights. */
  const paid = (weights: Partial<typeof DEFAULT_REWARDS>) => {
    store.dispatch({ type: 'run', run: aRun({ rewards: { ...DEFAULT_REWARDS, ...weights } }) });
    store.flush();
  };
  const slider = (id: string) => find<HTMLInputElement>(panel, `[data-field="${id}"] input`);
  const shown = (id: string) => find(panel, `[data-field="${id}"] output`).textContent?.trim();
  return { store, panel, asked, refuse, paid, slider, shown };
}

test('sliders show the weights in force, and the preset that they are', () => {
  const { panel, paid, slider, shown } = setUp();
  expect(shown('mission')).toBe('1 × Minigrid reward');
  expect(slider('bump').valueAsNumber).toBe(0);
  paid({ bump: 0.05 });
  expect(slider('bump').valueAsNumber).toBe(0.05);
  expect(shown('bump')).toMatch(/^0.05 /);
  expect(find(panel, '[data-field="bump"]').dataset.changed).toBe('true');
  const pressed = () => textsOf(panel, '.chip[aria-pressed="true"]');
  expect(pressed()).toEqual([]);
  paid({});
  expect(pressed()).toEqual(['Sparse (BabyAI)']);
});

test('a moved slider is sent once it rests, can be undone and done again', async () => {
  const { panel, asked, paid, slider } = setUp();
  enter(slider('bump'), 0.02, 'input');
  enter(slider('bump'), 0.05, 'input');
  expect(asked).toEqual([]);
  await jest.runAllTimersAsync();
  expect(asked).toEqual([['setRewards', { bump: 0.05 }]]);
  paid({ bump: 0.05 });
  expect(buttonIn(panel, 'Redo').disabled).toBe(true);
  buttonIn(panel, 'Undo').click();
  await jest.runAllTimersAsync();
  paid({});
  buttonIn(panel, 'Redo').click();
  await jest.runAllTimersAsync();
  expect(asked.slice(1)).toEqual([
    ['setRewards', { bump: 0 }],
    ['setRewards', { bump: 0.05 }],
  ]);
});

test('a preset sends the weights in which it differs', async () => {
  const { panel, asked } = setUp();
  const shaped = REWARD_PRESETS.find(({ id }) => id === 'shaped')?.weights;
  buttonIn(panel, 'Shaped').click();
  await jest.runAllTimersAsync();
  const { mission, ...others } = shaped ?? DEFAULT_REWARDS;
  const changed = Object.fromEntries(Object.entries(others).filter(([, weight]) => weight !== 0));
  expect(asked).toEqual([['setRewards', changed]]);
});

test('what the server refuses is said at the slider that it names, and the old weight is back', async () => {
  const { panel, refuse, slider } = setUp();
  refuse.with = Object.assign(new Error('bump is 7; accepted: a number from 0 to 1'), {
    field: 'rewards.bump',
  });
  enter(slider('bump'), 0.1, 'input');
  await jest.runAllTimersAsync();
  const wrong = find(panel, '[data-field="bump"] .wrong');
  expect(wrong.hidden).toBe(false);
  expect(wrong.textContent).toBe('bump is 7; accepted: a number from 0 to 1');
  expect(slider('bump').valueAsNumber).toBe(0);
  expect(buttonIn(panel, 'Undo').disabled).toBe(true);
});

test('nothing can be changed in a run that has ended, or without a server', () => {
  const { store, panel, slider } = setUp();
  const isLocked = () => [slider('bump').disabled, buttonIn(panel, 'Shaped').disabled];
  expect(isLocked()).toEqual([false, false]);
  store.dispatch({ type: 'run', run: aRun({ status: 'stopped' }) });
  store.flush();
  expect(isLocked()).toEqual([true, true]);
  store.dispatch({ type: 'run', run: aRun() });
  store.dispatch({ type: 'connection', status: 'reconnecting' });
  store.flush();
  expect(isLocked()).toEqual([true, true]);
});

test('the alarm says what it saw, and its button pays for the mission alone', async () => {
  const { store, panel, asked } = setUp();
  const box = find(panel, '.hacking');
  expect(box.hidden).toBe(true);
  const alarm = {
    ...{ envSteps: 9000, sinceSteps: 4000, returnFrom: 0.5, returnTo: 1.5 },
    ...{ successFrom: 0.9, successTo: 0.2, episodesFrom: 100, episodesTo: 100 },
  };
  const rewards = { ...DEFAULT_REWARDS, exploration: 0.2 };
  store.dispatch({ type: 'run', run: aRun({ alarm, rewards }) });
  store.flush();
  expect(box.hidden).toBe(false);
  expect(find(box, 'p').textContent).toContain('return rose from 0.5 to 1.5');
  buttonIn(box, 'Pay for the mission only').click();
  await jest.runAllTimersAsync();
  expect(asked).toEqual([['setRewards', { exploration: 0 }]]);
});
