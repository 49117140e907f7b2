import type { Appearance } from '../theme/theme.ts';
import { button } from '../ui/button.ts';
import { el, setText } from '../ui/dom.ts';
import { ICONS } from '../ui/icons.ts';
import type { LabActions } from './actions.ts';
import { type Board, createBoard } from './board.ts';
import { createFilmstrip } from './filmstrip.ts';
import {
  cellsAt,
  changedCells,
  type LabState,
  type LabStore,
  modelOf,
  taskOf,
  thoughtsOf,
} from './state.ts';
import { explainHalt, verdictOf, whereFrom } from './words.ts';

/** The board, what the halting head says of it, and the way through the segments. */
export function createSolveView(
  store: LabStore,
  actions: LabActions,
  appearance: Appearance,
): HTMLElement {
  const board = createBoard('Puzzle', {
    onChoose: actions.chooseCell,
    onSign: (cell, sign) => actions.attempt(() => actions.edit(cell, sign)),
  });
  board.element.id = 'board';
  const title = el('h2', { id: 'puzzle-title' });
  const from = el('p', { class: 'lab-note' });
  const verdict = el('p', { class: 'verdict', id: 'verdict', role: 'status' });
  const halt = createHaltGauge();
  const many = el('div', { class: 'trajectories', role: 'group', 'aria-label': 'Trajectories' });
  const keypad = el('div', { class: 'keypad', role: 'group', 'aria-label': 'Sign for this cell' });
  const help = el('p', { class: 'lab-note board-help', id: 'board-help' });
  const problem = el('p', { class: 'problem', id: 'problem', role: 'alert', hidden: true });
  const strip = createFilmstrip(actions.seek);

  const play = button(
    { id: 'play', icon: ICONS.play, label: 'Play', tip: 'Plays and pauses (space)' },
    () => actions.togglePlay(),
  );
  const back = button(
    { icon: ICONS.stepBack, label: 'One segment back', tip: 'One segment back (←)' },
    () => actions.seek(store.get().at - 1),
  );
  const forward = button(
    { icon: ICONS.stepForward, label: 'One segment on', tip: 'One segment on (→)' },
    () => actions.seek(store.get().at + 1),
  );
  const slider = el('input', {
    id: 'segment',
    type: 'range',
    min: 0,
    max: 16,
    step: 1,
    value: 0,
    'aria-label': 'Segment',
  });
  slider.addEventListener('input', () => actions.seek(slider.valueAsNumber));
  const where = el('output', { class: 'segment-of', for: 'segment' });
  const length = el('select', {
    id: 'segments',
    'aria-label': 'How many segments it thinks',
    tip: 'How long it thinks; more than it was trained with is allowed',
  });
  length.addEventListener('change', () =>
    actions.attempt(() => actions.setSegments(Number(length.value))),
  );
  const undo = button(
    { text: 'Undo changes', look: 'quiet', tip: 'Takes back what was changed in mid-thought' },
    () => actions.attempt(() => actions.undoEdits()),
  );

  let small: Board[] = [];
  let signs = '';

  function draw(state: LabState): void {
    const { puzzle, at, answer, trajectory, segments, problem: wrong, cell } = state;
    const thoughts = thoughtsOf(state);
    const thought = at === 0 ? undefined : thoughts[at - 1];
    const model = modelOf(state);
    setText(
      title,
      puzzle
        ? `${taskOf(state)?.title ?? ''}`
        : state.connection === 'online'
          ? 'No puzzle yet'
          : 'Waking the model…',
    );
    setText(from, whereFrom(state));
    setText(verdict, verdictOf(state));
    verdict.dataset.tone = thought ? (thought.valid ? 'good' : 'bad') : 'none';
    problem.hidden = wrong === '';
    setText(problem, wrong);
    const edited = new Set(
      state.edits.filter(({ segment }) => segment <= Math.max(1, at)).map((edit) => edit.cell),
    );
    board.draw(
      puzzle && {
        puzzle,
        cells: cellsAt(state, at),
        thought,
        changed: changedCells(thoughts, at),
        edited,
        chosen: cell,
      },
    );
    halt.draw(thought?.halt, explainHalt(state));
    drawTrajectories(state);
    drawKeypad(state);
    undo.hidden = state.edits.length === 0;
    const doing = puzzle?.task.startsWith('maze')
      ? 'Click a cell to make it a wall or free'
      : 'Click a cell and type';
    setText(
      help,
      at === 0
        ? `${doing}: the puzzle itself changes.`
        : `${doing}: it stands there from segment ${Math.min(at + 1, segments)} on, in the middle of the thought.`,
    );

    const end = thoughts.length || segments;
    slider.max = String(end);
    slider.value = String(at);
    slider.disabled = thoughts.length === 0;
    slider.style.setProperty('--fill', `${((100 * at) / end).toFixed(1)}%`);
    const trained = model?.segments ?? 0;
    const beyond = at > trained ? ', longer than in training' : '';
    setText(where, at === 0 ? 'Before any thought' : `Segment ${at} of ${end}${beyond}`);
    where.dataset.beyond = String(at > trained);
    slider.setAttribute('aria-valuetext', where.textContent ?? '');
    const playIcon = state.isPlaying ? 'Pause' : 'Play';
    if (play.getAttribute('aria-label') !== playIcon) {
      play.setAttribute('aria-label', playIcon);
      play.querySelector('path')?.setAttribute('d', state.isPlaying ? ICONS.pause : ICONS.play);
    }
    const choices = [...new Set([trained, 2 * trained, 32, 64, segments])]
      .filter((count) => count > 0 && count <= 64)
      .sort((a, b) => a - b);
    const options = choices.join();
    if (length.dataset.options !== options) {
      length.dataset.options = options;
      length.replaceChildren(
        ...choices.map((count) =>
          el('option', {
            value: count,
            text: count === trained ? `${count} segments, as trained` : `${count} segments`,
          }),
        ),
      );
    }
    length.value = String(segments);
    if (puzzle && answer) strip.draw(answer.puzzle, thoughts, at, appearance.theme());
    strip.element.hidden = thoughts.length === 0;
    board.element.dataset.segment = String(at);
    board.element.dataset.trajectory = String(trajectory);
    board.element.dataset.thinking = String(state.isThinking);
  }

  function drawTrajectories(state: LabState): void {
    const { answer, at, trajectory, kick } = state;
    const all = kick ? (answer?.trajectories ?? []) : [];
    many.hidden = all.length === 0;
    if (!answer || all.length === 0) return;
    if (small.length !== all.length) {
      small = all.map((_, i) => createBoard(i === 0 ? 'Without a kick' : `Kicked, way ${i}`));
      many.replaceChildren(
        ...small.map(({ element }, i) =>
          el(
            'button',
            {
              type: 'button',
              class: 'trajectory',
              'data-trajectory': i,
              on: { click: () => actions.showTrajectory(i) },
            },
            element,
            el('span', { class: 'way' }),
          ),
        ),
      );
    }
    for (const [i, one] of all.entries()) {
      const thought = at === 0 ? undefined : one.thoughts[at - 1];
      small[i]?.draw({ puzzle: answer.puzzle, cells: answer.puzzle.cells, thought });
      const host = many.children[i] as HTMLElement | undefined;
      if (!host) continue;
      host.setAttribute('aria-pressed', String(i === trajectory));
      host.dataset.chosen = String(one.chosen);
      host.dataset.valid = String(one.thoughts.at(-1)?.valid ?? false);
      const words = [
        i === 0 ? 'no kick' : `kick ${i}`,
        `q ${(one.thoughts.at(-1)?.halt ?? 0).toFixed(1)}`,
        one.chosen ? 'chosen' : '',
      ];
      setText(host.lastElementChild as HTMLElement, words.filter(Boolean).join(' · '));
    }
  }

  function drawKeypad(state: LabState): void {
    const { cell, puzzle } = state;
    const isMaze = puzzle?.task.startsWith('maze') ?? false;
    keypad.hidden = cell === undefined || isMaze;
    const wanted = taskOf(state)?.signs ?? '';
    if (keypad.hidden || wanted === signs) return;
    signs = wanted;
    keypad.replaceChildren(
      ...[...wanted].map((sign) =>
        button(
          {
            text: sign === '.' ? 'Blank' : sign,
            class: 'key',
            label: sign === '.' ? 'Blank' : `Digit ${sign}`,
          },
          () => {
            const { cell: chosen } = store.get();
            if (chosen !== undefined) actions.attempt(() => actions.edit(chosen, sign));
          },
        ),
      ),
    );
  }

  store.watch(draw);
  appearance.onChange(() => draw(store.get()));
  return el(
    'section',
    { class: 'lab-centre', 'aria-labelledby': 'puzzle-title' },
    el('header', { class: 'lab-head' }, el('div', {}, title, from), verdict),
    el(
      'div',
      { class: 'lab-stage' },
      el('div', { class: 'board-place' }, board.element),
      halt.element,
      many,
    ),
    problem,
    el('div', { class: 'under-board' }, help, keypad, undo),
    el(
      'div',
      { class: 'lab-player', role: 'group', 'aria-label': 'Segments' },
      back,
      play,
      forward,
      slider,
      where,
      length,
    ),
    strip.element,
  );
}

/** What the halting head wishes: up to stop, down to go on. */
function createHaltGauge() {
  const bar = el('i');
  const words = el('p');
  const element = el(
    'div',
    {
      class: 'halt',
      tip: 'The halting head’s wish, as a logit: above 0 it would stop here. The page goes on all the same.',
    },
    el('b', { text: 'Halt?' }),
    el('div', { class: 'halt-scale', 'aria-hidden': 'true' }, bar),
    words,
  );
  return {
    element,
    draw(halt: number | undefined, text: string) {
      const share = halt === undefined ? 0 : 1 / (1 + Math.exp(-halt));
      bar.style.height = `${(100 * share).toFixed(1)}%`;
      element.dataset.stop = String(halt !== undefined && halt > 0);
      setText(words, text);
    },
  };
}
