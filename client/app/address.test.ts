import { expect, test } from '@jest/globals';
import { expertReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { layersWhere } from '../store/layers.ts';
import { initialState, type PlayMode, type State } from '../store/state.ts';
import { formatPlace, isElsewhere, parsePlace, placeOf } from './address.ts';

const replay = expertReplay('BabyAI-GoToRedBall-v0', 3);
const usual = initialState();

function stateWith(mode: PlayMode, cursor = 0, layers: Partial<State['view']['layers']> = {}) {
  const state: State = {
    ...usual,
    runId: 'r1',
    episode: simulate(replay, { kind: 'run', runId: 'r1' }),
    playback: { ...usual.playback, mode, cursor },
    view: { ...usual.view, layers: { ...usual.view.layers, ...layers } },
  };
  return state;
}

test('a link says run, episode, level, seed, step and layers, and reads back the same', () => {
  const place = placeOf(stateWith('paused', 2.4, { fog: false }));
  expect(place).toMatchObject({
    run: 'r1',
    episode: replay.id,
    level: 'BabyAI-GoToRedBall-v0',
    seed: 3,
    step: 2,
    layers: { fog: false, goal: true },
  });
  expect(parsePlace(formatPlace(place))).toEqual({
    place: { ...place, recording: undefined },
    problems: [],
  });
});

test('following live, the link is the run; playing, it begins at the start; usual layers are left out', () => {
  expect(placeOf(stateWith('live', 2))).toEqual({ run: 'r1', layers: undefined });
  expect(placeOf(stateWith('playing', 2))).toMatchObject({ seed: 3, step: undefined });
  expect(formatPlace(placeOf(stateWith('live')))).toBe('?run=r1');
  expect(formatPlace(placeOf(usual))).toBe('');
});

test('levels made by hand survive the way through a link', () => {
  const level = 'layout:mission: go to the red ball\n\n## ## ##\n## A> ##\n## ## ##\n';
  expect(parsePlace(formatPlace({ level, seed: 0 })).place).toMatchObject({ level, seed: 0 });
});

test('all layers off is a choice, too', () => {
  const off = layersWhere(() => false);
  expect(parsePlace(formatPlace(placeOf(stateWith('live', 0, off)))).place.layers).toEqual(off);
});

test.each([
  ['?seed=-1', 'The link’s seed is “-1”; accepted: a whole number from 0 to'],
  ['?seed=1&seed=2', 'The link gives seed 2 times; accepted: once.'],
  ['?step=1e3', 'The link’s step is “1e3”; accepted'],
  ['?layers=goal,smell', 'accepted: none, or some of goal, heat'],
])('%s is refused by name, and the rest is shown', (search, message) => {
  const { place, problems } = parsePlace(`${search}&run=r1`);
  expect(problems).toEqual([expect.stringContaining(message)]);
  expect(place).toEqual({ run: 'r1' });
});

test('another run or recording is a step back, another step or layer is none', () => {
  expect(isElsewhere({ run: 'a' }, { run: 'b' })).toBe(true);
  expect(isElsewhere({ run: 'a' }, { run: 'a', recording: 'x' })).toBe(true);
  expect(isElsewhere({ run: 'a', step: 1 }, { run: 'a', step: 2 })).toBe(false);
  // The newcomer's run is where they are, not where they went.
  expect(isElsewhere({}, { run: 'a' })).toBe(false);
});
