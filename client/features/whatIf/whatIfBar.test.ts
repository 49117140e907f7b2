/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { aRun } from '../../../shared/run.testing.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { simulate } from '../../replay/simulate.ts';
import type { EpisodeOrigin } from '../../store/frames.ts';
import type { WhatIf } from '../../store/state.ts';
import type { Commands } from '../../ui/commands.ts';
import { enter, find, recordedCommands, watchingStore } from '../../ui/panel.testing.ts';
import { fillWhatIf } from './whatIfBar.ts';

const REPLAY = expertReplay('BabyAI-GoToLocal-v0', 5);

function setUp() {
  const store = watchingStore(aRun());
  const { commands, asked } = recordedCommands<Commands>();
  const bar = document.createElement('div');
  fillWhatIf(bar, store, commands);
  const show = (origin: EpisodeOrigin, patch: Partial<WhatIf> = {}, isOver = false) => {
    // A person's episode goes on unless a test ends it.
    const outcome = { ...REPLAY.outcome, terminated: false };
    const replay = origin.kind === 'person' && !isOver ? { ...REPLAY, outcome } : REPLAY;
    store.dispatch({ type: 'show', episode: simulate(replay, origin) });
    store.dispatch({ type: 'whatIf', patch });
    store.flush();
  };
  const control = (id: string) => find<HTMLButtonElement>(bar, `#${id}`);
  /** The buttons that can be seen. */
  const shown = () =>
    ['touch-aim', 'play-yourself', 'take-over', 'hand-back', 'keep-branch', 'leave-branch'].filter(
      (id) => !control(id).hidden,
    );
  const told = () => find(bar, '.told').textContent;
  return { store, bar, asked, show, control, shown, told };
}

test('on an episode of the run: point at a cell, play, or take over', () => {
  const { bar, asked, show, control, shown, told } = setUp();
  expect(control('take-over').disabled).toBe(true);
  show({ kind: 'run', runId: 'run-a' });
  expect(shown()).toEqual(['touch-aim', 'play-yourself', 'take-over']);
  expect(told()).toBe('');
  enter(find<HTMLSelectElement>(bar, '#touch-subgoal'), 'pickup');
  control('touch-aim').click();
  control('play-yourself').click();
  control('take-over').click();
  expect(asked).toEqual([
    ['chooseSubgoal', 'pickup'],
    ['toggleAim'],
    ['togglePlayYourself'],
    ['takeOverHere'],
  ]);
});

test('on a branch: what was told is said, and it can be kept or left', () => {
  const { asked, show, control, shown, told } = setUp();
  show({ kind: 'whatif' }, { told: 'from step 3 the Planner is told to wait' });
  expect(told()).toBe('What if: from step 3 the Planner is told to wait.');
  expect(shown()).toEqual(['touch-aim', 'take-over', 'keep-branch', 'leave-branch']);
  control('keep-branch').click();
  control('leave-branch').click();
  expect(asked).toEqual([['keepBranch'], ['leaveBranch']]);
});

test('in a person’s hands: the seven actions, and what the agent would do', () => {
  const { bar, asked, show, control, shown, told } = setUp();
  const probabilities = [0.05, 0.15, 0.6, 0.2, 0, 0, 0];
  const proposal = { step: REPLAY.actions.length, probabilities, goal: 'pick up · blue key' };
  show({ kind: 'person' }, { proposal });
  expect(shown()).toEqual(['hand-back', 'keep-branch', 'leave-branch']);
  const turn = `Your turn, step ${REPLAY.actions.length + 1}.`;
  const advice = 'The agent would: Forward 60 % or Pick up 20 %; its goal: pick up · blue key.';
  expect(told()).toBe(`${turn} ${advice}`);
  const likeliest = [...bar.querySelectorAll<HTMLElement>('.would')];
  expect(likeliest.map((one) => one.dataset.action)).toEqual(['forward']);
  for (const name of ['left', 'toggle']) find(bar, `[data-action="${name}"]`).click();
  control('hand-back').click();
  expect(asked).toEqual([['act', 0], ['act', 5], ['handBack']]);
});

test('a trial is compared with what happens untouched', () => {
  const { show, told } = setUp();
  const view = (actions: number[]) =>
    simulate(
      { ...REPLAY, actions, hashes: REPLAY.hashes.slice(0, actions.length + 1) },
      {
        kind: 'whatif',
      },
    );
  const control = { status: 'here', view: view([...REPLAY.actions]), title: 'Untouched' } as const;
  show({ kind: 'whatif' }, { told: 'x', control });
  expect(told()).toBe('What if: x. It makes no difference: untouched, the agent does the same.');
  const other = REPLAY.actions.map((action, i) => (i < 2 ? action : 0));
  show({ kind: 'whatif' }, { told: 'x', control: { ...control, view: view(other) } });
  expect(told()).toMatch(/^What if: x\. Untouched \(left\), it acts otherwise from step \d+ on\.$/);
});

test('when a person is done, both episodes are compared', () => {
  const { show, told } = setUp();
  show({ kind: 'person' }, { control: { status: 'coming', title: 'The agent' } }, true);
  expect(told()).toMatch(/^You: \d+ steps, paid \+0\.\d+\. Now the agent plays this world…$/);
  const slow = { ...REPLAY, outcome: { ...REPLAY.outcome, steps: 40 } };
  const view = { ...simulate(REPLAY, { kind: 'whatif' }), replay: slow };
  show({ kind: 'person' }, { control: { status: 'here', view, title: 'The agent' } }, true);
  expect(told()).toMatch(/The agent \(left\): 40 steps, paid \+0\.\d+\. You win\.$/);
});

test('while the server plays nothing else can be begun; without it no agent can be asked', () => {
  const { store, show, control, shown, told } = setUp();
  show({ kind: 'run', runId: 'run-a' }, { busy: true });
  expect(told()).toBe('The server plays what follows…');
  expect(shown()).toEqual([]);
  show({ kind: 'run', runId: 'run-a' }, { busy: false });
  store.dispatch({ type: 'connection', status: 'reconnecting' });
  store.flush();
  const locked = ['touch-aim', 'take-over', 'play-yourself'].map((id) => control(id).disabled);
  expect(locked).toEqual([true, true, false]);
});
