/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { PLANNER_LESSON, REWARD_LESSON, THINKING_LESSON } from '../../../shared/lessons.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { answering } from '../../net/answering.testing.ts';
import { LESSON_IDS, type LessonPlace } from '../../store/state.ts';
import { buttonIn, enter, find, textsOf, watchingStore } from '../../ui/panel.testing.ts';
import { createLectern } from './lectern.ts';
import { LESSONS } from './lessons.ts';

const { solved, puzzles, segments } = THINKING_LESSON;

/** A lab that solves each of the lesson's puzzles after as many thoughts as the lesson says. */
const lab = () => {
  const needed = puzzles.map((_, i) => solved.findIndex((count) => count > i) + 1);
  return answering(async (name, request: { index?: number; puzzle?: string }) => {
    if (name === 'lab:puzzle') {
      const cells = String(puzzles.indexOf(request.index as never)).padStart(36, '.');
      return { puzzle: { cells, columns: 6, boxColumns: 3, boxRows: 2 } };
    }
    const least = needed[Number(request.puzzle?.replaceAll('.', ''))] ?? 99;
    const thoughts = Array.from({ length: segments }, (_, segment) => {
      const valid = segment + 1 >= least;
      return { answer: '1'.repeat(36), valid, wrong: valid ? [] : [3] };
    });
    return { trajectories: [{ thoughts }] };
  });
};

function setUp(run = aRun()) {
  localStorage.clear();
  const store = watchingStore(run);
  const place = document.createElement('section');
  document.body.replaceChildren(place);
  const asked: [string, ...unknown[]][] = [];
  const tools = new Proxy({} as Parameters<typeof createLectern>[1]['tools'], {
    get:
      (_, name) =>
      (...given: unknown[]) =>
        void asked.push([String(name), ...given]),
  });
  const refusals: string[] = [];
  const attempt = (action: () => Promise<unknown>) =>
    void action().catch((error: Error) => refusals.push(error.message));
  createLectern(place, { store, send: lab(), attempt, tools });
  const go = (lesson: LessonPlace | undefined) => {
    store.dispatch({ type: 'view', patch: { lesson } });
    store.flush();
  };
  const press = (name: string) => {
    buttonIn(place, name).click();
    store.flush();
  };
  return { store, place, asked, refusals, go, press, here: () => store.get().view.lesson };
}

test('every lesson has a task at its end, and only there', () => {
  for (const id of LESSON_IDS) {
    const { screens } = LESSONS[id];
    expect(screens.length).toBeGreaterThanOrEqual(4);
    expect(screens.map(({ title }) => title.startsWith('Your turn'))).toEqual(
      screens.map((_, i) => i === screens.length - 1),
    );
    expect(screens.at(-1)?.praise).toBeDefined();
    // A screen is one idea: what does not fit into large type is two.
    for (const { text } of screens) expect(text.length).toBeLessThan(290);
  }
});

test('from the list into a lesson, on and back, and out again', () => {
  const { place, asked, go, press, here } = setUp();
  go({ id: 'all', screen: 0 });
  expect(textsOf(place, '.lesson-title')).toEqual(LESSON_IDS.map((id) => LESSONS[id].title));
  find(place, '[data-lesson="planner"]').click();
  expect(here()).toEqual({ id: 'planner', screen: 0 });
  go(here());
  expect(asked).toEqual([['showWorld', PLANNER_LESSON]]);
  press('Next');
  expect(textsOf(place, 'h2')).toEqual(['Switch the Planner off']);
  expect(asked[1]?.[0]).toBe('compare');
  place.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp', bubbles: true }));
  expect(here()).toEqual({ id: 'planner', screen: 0 });
  expect(place.dataset.needs).toBe('world');
  press('Close');
  expect([place.hidden, place.dataset.needs]).toEqual([true, undefined]);
});

test('a task is done when it was done, and stays done on later visits', () => {
  const { store, place, go } = setUp();
  go({ id: 'planner', screen: 3 });
  const verdict = find(place, '.verdict');
  expect(verdict.hidden).toBe(true);
  const side = (ablation: 'none' | 'frozenPlanner') => ({
    ...{ policy: 'default', ablation, planner: undefined, doer: undefined },
    ...{ depth: undefined, greedy: false },
  });
  const { levelId, seed, worlds } = PLANNER_LESSON;
  const comparison = {
    ...{ levelId, seed, worlds },
    sides: [side('none'), side('frozenPlanner')] as const,
  };
  const scores = (played: number) =>
    [
      { played: worlds, done: worlds },
      { played, done: 1 },
    ] as const;
  store.dispatch({ type: 'view', patch: { comparison, scores: scores(worlds - 1) } });
  store.flush();
  expect(verdict.hidden).toBe(true);
  expect(textsOf(place, '.live')).toEqual(['A: 12 of 12 done · B: 1 of 11 done']);
  store.dispatch({ type: 'view', patch: { scores: scores(worlds) } });
  store.flush();
  expect(verdict.textContent).toContain('✓ Done. 1 of 12');
  go({ id: 'all', screen: 0 });
  expect(textsOf(place, '[data-done] .lesson-title')).toEqual(['Plan first']);
});

test('the Sudokus are solved by more thoughts, and the least number that solves all is the task', async () => {
  const { place, go, refusals } = setUp();
  go({ id: 'thinking', screen: 3 });
  const count = find(place, 'output');
  for (let i = 0; i < 200 && !count.textContent?.includes('of 12'); i++)
    await new Promise((resolve) => setTimeout(resolve, 1));
  expect(refusals).toEqual([]);
  const slider = find<HTMLInputElement>(place, 'input');
  for (const [thoughts, done] of [
    [1, false],
    [12, false],
    [10, false],
    [11, true],
  ] as const) {
    enter(slider, thoughts, 'input');
    expect(count.textContent).toBe(
      `${thoughts} ${thoughts === 1 ? 'thought' : 'thoughts'}: ${solved[thoughts - 1]} of 12 solved`,
    );
    expect(find(place, '.verdict').hidden).toBe(!done);
  }
});

test('what is paid is mended only in the lesson’s own run, after its rewards were changed', () => {
  const paid = { ...aRun(), name: REWARD_LESSON.name, rewards: REWARD_LESSON.rewards };
  const { store, place, go } = setUp(paid);
  go({ id: 'reward', screen: 3 });
  const point = (updates: number, success: number) => ({
    ...{ updates, envSteps: updates * 2048, episodes: updates * 50, seconds: updates },
    values: { success, return: 1 },
  });
  const { id: runId } = paid;
  store.dispatch({ type: 'point', runId, point: point(1, 0.9) });
  store.flush();
  expect(find(place, '.verdict').hidden).toBe(true);
  store.dispatch({ type: 'run', run: { ...paid, rewards: { ...paid.rewards, handled: 0 } } });
  const changes = [{ id: 'handled', from: 0.2, to: 0 }];
  store.dispatch({
    ...{ type: 'change', runId },
    change: { kind: 'rewards', envSteps: 2048, seconds: 1, at: 1, changes },
  });
  store.dispatch({ type: 'point', runId, point: point(2, 0.5) });
  store.flush();
  expect(find(place, '.verdict').hidden).toBe(true);
  store.dispatch({ type: 'point', runId, point: point(3, 0.85) });
  store.flush();
  expect(find(place, '.verdict').textContent).toContain('Mended');
});
