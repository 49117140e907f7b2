import type { LabBoard, LabTraining } from '../../shared/lab.ts';
import { LAB_KINDS, type LabKind } from '../../shared/labTerms.ts';
import { formatCount, formatSeconds, formatShare } from '../theme/format.ts';
import type { Appearance } from '../theme/theme.ts';
import { button } from '../ui/button.ts';
import { el, setText } from '../ui/dom.ts';
import { panel } from '../ui/section.ts';
import type { LabActions } from './actions.ts';
import { type Board, createBoard } from './board.ts';
import { createLabChart } from './chart.ts';
import type { LabStore } from './state.ts';
import { wrongWords } from './words.ts';

const KINDS: Readonly<Record<LabKind, string>> = {
  hrm: 'HRM: Planner and Doer',
  trm: 'TRM: one tiny network',
  flat: 'Flat stack, no recursion',
};

/** A model that learns from nothing, and six puzzles that it has to solve again and again. */
export function createTrainView(
  store: LabStore,
  actions: LabActions,
  appearance: Appearance,
): HTMLElement {
  const tasks = el('select', { id: 'train-task', 'aria-label': 'Kind of puzzle' });
  const kinds = el(
    'select',
    { id: 'train-kind', 'aria-label': 'Kind of model' },
    ...LAB_KINDS.map((kind) => el('option', { value: kind, text: KINDS[kind] })),
  );
  const seed = el('input', {
    id: 'train-seed',
    class: 'number',
    type: 'number',
    value: 1,
    min: 0,
    max: 2 ** 31,
    step: 1,
  });
  const start = button({ id: 'train', text: 'Train from nothing', look: 'primary' }, () =>
    actions.attempt(() => actions.train(tasks.value, kinds.value as LabKind, seed.valueAsNumber)),
  );
  const stop = button({ id: 'stop', text: 'Stop' }, () => actions.attempt(() => actions.stop()));
  const use = button({ id: 'use', text: 'Solve with it' }, () => {
    const model = store.get().training?.model;
    if (model) actions.attempt(() => actions.useTrained(model));
  });
  const status = el('p', { class: 'train-status', id: 'train-status', role: 'status' });
  const chart = createLabChart('Held-out puzzles', appearance);
  const boards = el('div', { class: 'six-boards', id: 'six' });
  const places: { board: Board; caption: HTMLElement; figure: HTMLElement }[] = [];

  function place(i: number) {
    const known = places[i];
    if (known) return known;
    const board = createBoard(`Held-out puzzle ${i + 1}`);
    const caption = el('figcaption');
    const figure = el(
      'figure',
      { class: 'watched' },
      el('div', { class: 'board-place' }, board.element),
      caption,
    );
    boards.append(figure);
    const made = { board, caption, figure };
    places[i] = made;
    return made;
  }

  function drawBoard(one: LabBoard, i: number): void {
    const { board, caption, figure } = place(i);
    const { puzzle, answer, confidence, wrong, valid } = one;
    board.draw({ puzzle, cells: puzzle.cells, thought: { answer, confidence, wrong } });
    figure.dataset.valid = String(valid);
    const size = puzzle.task.startsWith('maze') ? `way of ${puzzle.size}` : `${puzzle.size} blanks`;
    setText(caption, `${size} · ${valid ? 'solved' : wrongWords(puzzle, wrong)}`);
  }

  function draw(): void {
    const state = store.get();
    const { training } = state;
    const key = state.tasks.map(({ id }) => id).join();
    if (tasks.dataset.tasks !== key) {
      tasks.dataset.tasks = key;
      tasks.replaceChildren(
        ...state.tasks.map(({ id, title }) => el('option', { value: id, text: title })),
      );
    }
    const isBusy = training?.status === 'training' || training?.status === 'waiting';
    start.disabled = isBusy || state.connection !== 'online';
    stop.hidden = !isBusy;
    use.hidden = training?.model === undefined;
    for (const field of [tasks, kinds, seed]) field.disabled = isBusy;
    if (isBusy && training?.task) {
      tasks.value = training.task;
      kinds.value = training.kind ?? 'hrm';
    }
    setText(status, training ? statusOf(training) : '');
    status.dataset.tone = training?.status === 'failed' ? 'bad' : '';
    for (const [i, one] of (training?.boards ?? []).entries()) drawBoard(one, i);
    for (const [i, { figure }] of places.entries())
      figure.hidden = i >= (training?.boards.length ?? 0);
    const curve = training?.curve ?? [];
    const theme = appearance.theme();
    const last = curve.at(-1)?.seconds ?? 0;
    chart.draw({
      x: [0, Math.max(30, last)],
      y: [0, 1],
      formatY: formatShare,
      formatX: formatSeconds,
      lines: [
        {
          label: 'solved',
          color: theme.heldOut,
          points: curve.map(({ seconds, exact }): [number, number] => [seconds, exact]),
        },
        {
          label: 'cells right',
          color: theme.muted,
          dashed: true,
          points: curve.map(({ seconds, cells }): [number, number] => [seconds, cells]),
        },
      ],
    });
  }

  store.watch(draw);
  appearance.onChange(draw);
  const empty = el('p', {
    class: 'lab-note six-empty',
    text: 'Six held-out puzzles appear here, from easy to hard, and are solved again every few seconds while the model learns. Sudoku 4×4 takes about a minute on two quiet cores.',
  });
  store.watch(({ training }) => {
    empty.hidden = (training?.boards.length ?? 0) > 0;
  });
  return el(
    'div',
    { class: 'lab-train' },
    el(
      'section',
      { class: 'train-centre', 'aria-label': 'The same six held-out puzzles' },
      empty,
      boards,
    ),
    el(
      'aside',
      { class: 'lab-side', 'aria-label': 'Training' },
      panel(
        'Train from nothing',
        [],
        el('div', { class: 'lab-choice' }, tasks),
        el('div', { class: 'lab-choice' }, kinds),
        el('label', { class: 'seed' }, 'Seed ', seed),
        el('div', { class: 'row-of-buttons' }, start, stop, use),
        status,
        el('p', {
          class: 'lab-note',
          text: 'One model learns at a time: runs of the gridworld pause for it and go on afterwards; starting one of them ends this. It is a process of its own and not yet one of the runs: no pause, and only its last model is kept. It ends after 30 minutes.',
        }),
      ),
      panel('How it learns', [], chart.element),
    ),
  );
}

/** Where a training is, in words. */
export function statusOf(training: LabTraining): string {
  const { status, steps, seconds, loss, curve, puzzles, paused, message, parameters } = training;
  const last = curve.at(-1);
  const solved = last
    ? ` It solves ${formatShare(last.exact)} of ${puzzles} held-out puzzles.`
    : '';
  const rests = paused.length > 0 ? ` Paused for it: ${paused.join(', ')}.` : '';
  switch (status) {
    case 'idle':
      return 'Nothing is being trained.';
    case 'waiting':
      return `Waiting until ${paused.join(', ') || 'the machine'} rests…`;
    case 'training':
      return `${formatCount(parameters ?? 0)} weights, step ${formatCount(steps)}, ${formatSeconds(seconds)}${loss === null ? '' : `, loss ${loss.toFixed(2)}`}.${solved}${rests}`;
    case 'ended':
      return `Ended at step ${formatCount(steps)}. ${message ?? ''}${solved}`;
    case 'failed':
      return message ?? 'It failed.';
  }
}
