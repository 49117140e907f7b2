import { expect, test } from '@jest/globals';
import { runToWatch } from '../net/session.ts';
import { LAYER_IDS, LAYERS } from '../store/layers.ts';
import { SPEEDS } from '../store/state.ts';
import type { Commands } from '../ui/commands.ts';
import { PAGE_KEYS } from '../ui/keys.ts';
import { commandForKey, commandForPerson } from './keys.ts';

/** Commands that note what was asked for. */
function noting(asked: unknown[][]): Commands {
  return new Proxy({} as Commands, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        asked.push([name, ...args]),
  });
}

function recorder() {
  const asked: unknown[][] = [];
  const commands = noting(asked);
  const press = (key: string, shiftKey = false) => {
    commandForKey({ key, shiftKey }, commands)?.();
    return asked.splice(0);
  };
  return press;
}

test('every key does what the help says', () => {
  const press = recorder();
  expect(press(' ')).toEqual([['togglePlay']]);
  expect(press('ArrowLeft')).toEqual([['stepBy', -1]]);
  expect(press('ArrowRight')).toEqual([['stepBy', 1]]);
  expect(press('ArrowLeft', true)).toEqual([['episodeBy', -1]]);
  expect(press('ArrowRight', true)).toEqual([['episodeBy', 1]]);
  expect(SPEEDS.map((_, i) => press(String(i + 1))[0])).toEqual(
    SPEEDS.map((speed) => ['setSpeed', speed]),
  );
  expect(press('l')).toEqual([['goLive']]);
  expect(press('R', true)).toEqual([['toggleRecording']]);
  expect(press('?', true)).toEqual([['showHelp']]);
  expect(press('p')).toEqual([['togglePlayYourself']]);
  expect(press('a')).toEqual([['markLoop', 'from']]);
  expect(press('b')).toEqual([['markLoop', 'to']]);
  expect(press('x')).toEqual([['setLoop', undefined]]);
  for (const id of LAYER_IDS) expect(press(LAYERS[id].key)).toEqual([['toggleLayer', id]]);
  expect(press('c')).toEqual([['toggleCompare']]);
  expect(press('q')).toEqual([]);
  // A key that stands twice would do only its first.
  const all = PAGE_KEYS.flatMap(({ keys }) => keys.map(({ key, shift }) => `${key} ${shift}`));
  expect(new Set(all).size).toBe(all.length);
});

test('while a person plays, Minigrid’s keys are actions', () => {
  const asked: unknown[][] = [];
  const commands = noting(asked);
  for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'PageUp', 'PageDown', ' ', 'Enter']) {
    commandForPerson(key, commands)?.();
  }
  commandForPerson('Escape', commands)?.();
  expect(commandForPerson('r', commands)).toBeUndefined();
  expect(asked).toEqual([...[0, 1, 2, 3, 4, 5, 6].map((a) => ['act', a]), ['leaveBranch']]);
});

test('the run to watch is the one asked for, else the default, else the newest', () => {
  const runs = [
    { id: 'old', createdAt: 1 },
    { id: 'new', createdAt: 2 },
  ];
  expect(runToWatch(runs, 'old', 'new')).toBe('old');
  expect(runToWatch(runs, 'gone', 'old')).toBe('old');
  expect(runToWatch(runs, undefined, undefined)).toBe('new');
  expect(runToWatch([], 'x', 'y')).toBe(undefined);
});
