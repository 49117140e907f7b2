/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import type { LevelSummary } from '../../../shared/protocol.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { simulate } from '../../replay/simulate.ts';
import type { Commands } from '../../ui/commands.ts';
import {
  buttonIn,
  enter,
  find,
  recordedCommands,
  textsOf,
  watchingStore,
} from '../../ui/panel.testing.ts';
import type { MissionCommands } from './missionCommands.ts';
import { createMissionsPanel } from './missionsPanel.ts';

const level = (name: string, skill: string, title: string): LevelSummary => ({
  id: `BabyAI-${name}-v0`,
  title,
  skill,
  description: `${title}.`,
  world: 'One room',
  example: 'go to the red ball',
  maxSteps: 64,
  width: 8,
  height: 8,
  difficulty: null,
});
const LEVELS = [
  level('GoToLocal', 'Go to', 'Go to an object (8×8)'),
  level('PickupLoc', 'Pick up', 'Pick up an object'),
  level('GoToDoor', 'Go to', 'Go to a door'),
];

function setUp() {
  const store = watchingStore(aRun());
  store.dispatch({ type: 'levels', levels: LEVELS });
  const { commands, asked } = recordedCommands<Commands & MissionCommands>();
  const opened: string[] = [];
  const panel = createMissionsPanel(store, commands, (tab) => opened.push(tab));
  // What has the focus counts for the arrow keys.
  document.body.replaceChildren(panel);
  return { store, asked, opened, panel };
}

test('missions stand under their skills, and the one that is learnt is marked', () => {
  const { store, panel } = setUp();
  expect(textsOf(panel, '.levels h3, .levels b')).toEqual([
    ...['Go to', 'Go to an object', 'Go to a door'],
    ...['Pick up', 'Pick up an object'],
  ]);
  expect(textsOf(panel, '.level[aria-current="true"] b')).toEqual(['Go to an object']);
  expect(find(panel, '.count').textContent).toBe('3 of 3');
  store.dispatch({ type: 'opening', levelId: 'BabyAI-PickupLoc-v0' });
  store.flush();
  expect(textsOf(panel, '.level[aria-current="true"] b')).toEqual(['Pick up an object']);
});

test('a search leaves what has its words, and says so where nothing has', () => {
  const { panel } = setUp();
  const search = find<HTMLInputElement>(panel, '[aria-label="Search missions"]');
  enter(search, 'door', 'input');
  expect(textsOf(panel, '.level b')).toEqual(['Go to a door']);
  expect(find(panel, '.count').textContent).toBe('1 of 3');
  enter(search, 'spaceship', 'input');
  expect(textsOf(panel, '.levels')).toEqual(['No mission matches. Try an object or an action.']);
});

test('a click starts a run; the larger tools open on their tabs; the start is chosen', () => {
  const { panel, asked, opened } = setUp();
  find(panel, '[data-level="BabyAI-GoToDoor-v0"]').click();
  for (const tool of ['Browse…', 'Write…', 'Build…']) buttonIn(panel, tool).click();
  enter(find<HTMLSelectElement>(panel, '#start-from'), 'scratch');
  expect(asked).toEqual([
    ['createRun', 'BabyAI-GoToDoor-v0'],
    ['startFrom', 'scratch'],
  ]);
  expect(opened).toEqual(['browse', 'write', 'build']);
});

test('arrow keys move through the list, with one stop for the tab key', () => {
  const { panel } = setUp();
  const stops = () => textsOf(panel, '.level[tabindex="0"] b');
  expect(stops()).toEqual(['Go to an object']);
  const press = (key: string) =>
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  find(panel, '.level').focus();
  press('ArrowDown');
  expect(stops()).toEqual(['Go to a door']);
  press('End');
  press('ArrowDown');
  expect(stops()).toEqual(['Pick up an object']);
  expect(document.activeElement?.getAttribute('data-level')).toBe('BabyAI-PickupLoc-v0');
});

test('seeds go on from the world on the stage, else from the first held-out one', () => {
  const { store, panel, asked } = setUp();
  const seed = find<HTMLInputElement>(panel, '#seed');
  expect(seed.value).toBe(String(EVAL_SEED_BASE));
  const episode = simulate(expertReplay('BabyAI-GoToLocal-v0', 41), { kind: 'expert' });
  store.dispatch({ type: 'show', episode });
  store.flush();
  expect(seed.value).toBe('41');
  buttonIn(panel, 'Next seed').click();
  buttonIn(panel, 'Previous seed').click();
  enter(seed, 7);
  buttonIn(panel, 'Keep').click();
  expect(asked).toEqual([
    ['showSeed', 'BabyAI-GoToLocal-v0', 42],
    ['showSeed', 'BabyAI-GoToLocal-v0', 40],
    ['showSeed', 'BabyAI-GoToLocal-v0', 7],
    ['keepSeed', true],
  ]);
  store.dispatch({ type: 'connection', status: 'reconnecting' });
  store.flush();
  expect(buttonIn(panel, 'Next seed').disabled).toBe(true);
});
