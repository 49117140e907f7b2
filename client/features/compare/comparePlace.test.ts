/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import type { Replay } from '../../../shared/replay.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { answering } from '../../net/answering.testing.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import type { StageInput } from '../../scene/stage.ts';
import { watchAppearance } from '../../theme/theme.ts';
import { buttonIn, enter, find, textsOf, watchingStore } from '../../ui/panel.testing.ts';
import { createCompare } from './comparePlace.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';

/** A server on which the run always succeeds and whoever else plays never does. */
function setUp() {
  const store = watchingStore(aRun());
  const asked: Record<string, unknown>[] = [];
  const send = answering(async (_name, request: { policy: string; seed: number }) => {
    asked.push(request);
    const replay = expertReplay(LEVEL, request.seed);
    const success = request.policy === 'run-a';
    const played: Replay = { ...replay, outcome: { ...replay.outcome, success } };
    return { replay: played };
  });
  const drawn: StageInput[] = [];
  const stage = {
    resize() {},
    draw: (input: StageInput) => void drawn.push(input),
    size: () => 0,
    cellAt: () => undefined,
    boxOf: () => undefined,
    destroy() {},
  };
  const place = document.createElement('main');
  const notices: string[] = [];
  createCompare(
    place,
    store,
    { send, notify: (_tone, text) => void notices.push(text) },
    watchAppearance(),
    async () => stage,
  );
  const worlds = find<HTMLInputElement>(place, 'input[max="200"]');
  const side = (name: string) => find(place, `[data-side="${name}"]`);
  const until = async (done: () => boolean) => {
    for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(done()).toBe(true);
  };
  const comeHere = () => {
    store.dispatch({ type: 'view', patch: { verb: 'compare' } });
    store.flush();
  };
  return { store, place, asked, drawn, notices, worlds, side, until, comeHere };
}

test('both sides play the same worlds, now against before, as soon as it is come to', async () => {
  const { place, asked, drawn, worlds, side, until, comeHere } = setUp();
  enter(worlds, 3);
  enter(find<HTMLInputElement>(place, 'input[type="number"]'), 70);
  expect(asked).toEqual([]);
  comeHere();
  const verdict = 'Of the 3 worlds that both have played, only A did 3, only B did 0.';
  await until(() => find(place, '#compare-verdict').textContent === verdict);
  const seedsOf = (policy: string) =>
    asked.filter((request) => request.policy === policy).map(({ seed }) => seed);
  expect(seedsOf('run-a')).toEqual([70, 71, 72]);
  expect(seedsOf('run-a.start')).toEqual([70, 71, 72]);
  expect(textsOf(side('A'), '.tally')).toEqual([expect.stringContaining('3 of 3 done')]);
  expect(textsOf(side('B'), '.tally')).toEqual([expect.stringContaining('0 of 3 done')]);
  expect(textsOf(side('B'), '.mark')).toEqual(['×', '×', '×']);
  // The first world that both have played is on both stages.
  await until(() => drawn.filter(({ episode }) => episode?.replay.seed === 70).length >= 2);
  expect(find(side('A'), '.caption').textContent).toContain('seed 70');
  // Another world comes by a click on its mark.
  find(side('B'), '.mark:nth-child(3)').click();
  await until(() => drawn.some(({ episode }) => episode?.replay.seed === 72));
});

test('what was chosen for a side is asked for; a script has nothing to be switched off', async () => {
  const { place, asked, worlds, side, until, comeHere } = setUp();
  enter(worlds, 1);
  comeHere();
  await until(() => asked.length === 2);
  const choose = (name: string, label: string, value: string) =>
    enter(find<HTMLSelectElement>(side(name), `[aria-label="${label} ${name}"]`), value);
  choose('A', 'What is switched off in', 'withoutPlanner');
  choose('A', 'Depth of thought of', '4');
  choose('B', 'Who plays as', 'expert');
  expect(find<HTMLSelectElement>(side('B'), '[aria-label^="Depth"]').disabled).toBe(true);
  buttonIn(place, 'Play').click();
  await until(() => asked.length === 4);
  expect(asked.slice(2).map(({ policy, ablation, depth }) => [policy, ablation, depth])).toEqual([
    ['run-a', 'withoutPlanner', 4],
    ['expert', 'none', undefined],
  ]);
});

test('the expert may set the goals, and an exact walker act; nothing of theirs can be switched off', async () => {
  const { place, asked, worlds, side, until, comeHere } = setUp();
  enter(worlds, 1);
  comeHere();
  await until(() => asked.length === 2);
  const select = (name: string, label: string) =>
    find<HTMLSelectElement>(side(name), `[aria-label="${label} ${name}"]`);
  enter(select('A', 'What is switched off in'), 'frozenPlanner');
  enter(select('A', 'Who sets the goals of'), 'expert');
  enter(select('B', 'Who acts for'), 'exact');
  expect(select('A', 'Who sets the goals of').dataset.tip).toContain('Doer’s fault');
  for (const name of ['A', 'B'])
    expect(select(name, 'What is switched off in').disabled).toBe(true);
  buttonIn(place, 'Play').click();
  await until(() => asked.length === 4);
  expect(asked.slice(2).map(({ ablation, planner, doer }) => [ablation, planner, doer])).toEqual([
    ['none', 'expert', undefined],
    ['none', undefined, 'exact'],
  ]);
  // A script has neither Planner nor Doer.
  enter(select('B', 'Who plays as'), 'random');
  expect(select('B', 'Who acts for').disabled).toBe(true);
  buttonIn(place, 'Play').click();
  await until(() => asked.length === 6);
  expect(asked.find(({ policy }) => policy === 'random')).toMatchObject({ doer: undefined });
});

test('a third and a fourth side play the same worlds, one can be taken away again, and the result is a file', async () => {
  const { store, place, asked, worlds, side, until, comeHere } = setUp();
  enter(worlds, 2);
  const save = find<HTMLButtonElement>(place, '#compare-save');
  expect(save.disabled).toBe(true);
  comeHere();
  await until(() => asked.length === 4);
  const add = find<HTMLButtonElement>(place, '#compare-add');
  add.click();
  await until(() => side('C').dataset.played === '2');
  add.click();
  await until(() => side('D').dataset.played === '2');
  expect(add.disabled).toBe(true);
  expect(find(place, '#compare-verdict').textContent).toBe(
    'Of the 2 worlds that all have played, A did 2, B did 0, C did 0, D did 0.',
  );
  const policies = () => store.get().view.comparison?.sides.map(({ policy }) => policy);
  expect(policies()).toEqual(['run-a', 'run-a.start', 'default', 'expert']);
  // What stood in D comes to stand in C.
  find(side('C'), 'header button').click();
  expect(policies()).toEqual(['run-a', 'run-a.start', 'expert']);
  expect([side('C').hidden, side('D').hidden]).toEqual([false, true]);
  await until(() => side('C').dataset.played === '2');
  const files: Blob[] = [];
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    files.push(blob as Blob);
    return 'blob:x';
  };
  save.click();
  URL.createObjectURL = make;
  const lines = ((await files[0]?.text()) ?? '').trim().split('\r\n');
  expect(lines).toHaveLength(1 + 3 * 2);
  expect(lines.at(-1)).toMatch(/^BabyAI-GoToLocal-v0,\d+,C,expert,own,own,none,,false,false,/);
});
