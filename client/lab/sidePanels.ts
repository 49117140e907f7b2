import type { LabModel } from '../../shared/lab.ts';
import { LAB_HALVES, type LabHalf, MOST_TRAJECTORIES } from '../../shared/labTerms.ts';
import { formatCount, formatSeconds, formatShare } from '../theme/format.ts';
import type { Appearance } from '../theme/theme.ts';
import { button } from '../ui/button.ts';
import { el, setText } from '../ui/dom.ts';
import { foldingPanel, panel } from '../ui/section.ts';
import type { LabActions } from './actions.ts';
import { createLabChart } from './chart.ts';
import { type LabStore, modelOf, thoughtsOf } from './state.ts';

const KIND_NAMES = { hrm: 'HRM', trm: 'TRM', flat: 'flat stack' } as const;

const nameOf = ({ kind, shipped }: LabModel, title: string) =>
  `${title} · ${KIND_NAMES[kind]}${shipped ? '' : ', trained here'}`;

/** Which puzzle, and which model solves it. */
export function createPuzzlePanel(store: LabStore, actions: LabActions): HTMLElement {
  const models = el('select', { id: 'model', 'aria-label': 'Model and kind of puzzle' });
  models.addEventListener('change', () => actions.attempt(() => actions.chooseModel(models.value)));
  const about = el('p', { class: 'lab-note' });
  const oneBlank = button(
    {
      id: 'one-blank',
      text: 'One blank cell',
      tip: 'A solved Sudoku with one cell blank: easier than any it was trained on, and known to make such models fail',
    },
    () => actions.attempt(() => actions.oneBlank()),
  );
  const blankMore = button(
    {
      id: 'blank-more',
      text: 'Blank one more',
      tip: 'Takes a given digit away, as long as one solution is left',
    },
    () => actions.attempt(() => actions.blankOneMore()),
  );
  const text = el('textarea', {
    id: 'puzzle-text',
    rows: 4,
    spellcheck: 'false',
    'aria-label': 'A puzzle as text',
    placeholder: 'Digits row by row, . for a blank cell',
  });
  const solve = button({ id: 'solve-text', text: 'Solve this', look: 'primary' }, () =>
    actions.attempt(() => actions.write(text.value)),
  );
  const copy = button(
    { text: 'Copy link', look: 'quiet', tip: 'A link that shows this puzzle at this segment' },
    () => actions.attempt(() => actions.copyLink()),
  );
  const clear = button(
    { id: 'clear', text: 'Empty board', look: 'quiet', tip: 'To draw a puzzle cell by cell' },
    () => actions.attempt(() => actions.clear()),
  );
  const written = el(
    'details',
    { class: 'write' },
    el('summary', { text: 'Write or paste a puzzle' }),
    text,
    el('div', { class: 'row-of-buttons' }, solve, clear, copy),
  );
  written.addEventListener('toggle', () => {
    const { puzzle } = store.get();
    if (written.open && puzzle) text.value = inRows(puzzle.cells, puzzle.columns);
  });

  store.watch((state) => {
    const { tasks } = state;
    const key = state.models.map(({ name, steps }) => `${name} ${steps}`).join();
    if (models.dataset.models !== key) {
      models.dataset.models = key;
      const titles = new Map(tasks.map(({ id, title }) => [id, title]));
      models.replaceChildren(
        ...state.models.map((model) =>
          el('option', {
            value: model.name,
            text: nameOf(model, titles.get(model.task) ?? model.task),
          }),
        ),
      );
    }
    if (state.model) models.value = state.model;
    const model = modelOf(state);
    setText(about, model ? describe(model) : 'No model yet: train one.');
    const isSudoku = model?.task.startsWith('sudoku') ?? false;
    oneBlank.hidden = !isSudoku;
    blankMore.hidden = !isSudoku;
  });

  return panel(
    'Puzzle',
    [],
    el('div', { class: 'lab-choice' }, models),
    about,
    el(
      'div',
      { class: 'row-of-buttons' },
      button(
        { id: 'new-puzzle', text: 'New puzzle', look: 'primary', tip: 'Another held-out one (N)' },
        () => actions.attempt(() => actions.newPuzzle()),
      ),
      blankMore,
      oneBlank,
    ),
    written,
  );
}

function inRows(cells: string, columns: number): string {
  return (cells.match(new RegExp(`.{${columns}}`, 'g')) ?? []).join('\n');
}

function describe({ parameters, steps, seconds, exact, segments }: LabModel): string {
  const solved = exact === null ? '' : `; solved ${formatShare(exact)} of held-out puzzles then`;
  return `${formatCount(parameters)} weights, ${formatCount(steps)} steps in ${formatSeconds(seconds)}, up to ${segments} segments each${solved}.`;
}

/** What each half does to the answer. */
export function createHalvesPanel(store: LabStore, actions: LabActions): HTMLElement {
  const choices = (Object.keys(LAB_HALVES) as LabHalf[]).map((half) =>
    el('button', {
      class: 'chip',
      type: 'button',
      'data-half': half,
      text: LAB_HALVES[half].label,
      tip: LAB_HALVES[half].help,
      on: { click: () => actions.attempt(() => actions.setWithout(half)) },
    }),
  );
  const help = el('p', { class: 'lab-note' });
  store.watch((state) => {
    const isFlat = modelOf(state)?.kind === 'flat';
    for (const choice of choices) {
      choice.setAttribute('aria-pressed', String(choice.dataset.half === state.without));
      choice.disabled = isFlat && choice.dataset.half !== 'none';
    }
    setText(help, isFlat ? 'A flat stack has no halves.' : LAB_HALVES[state.without].help);
  });
  return panel('Which half thinks', [], el('div', { class: 'chips' }, ...choices), help);
}

/** Noise at one segment, many ways side by side, and the head that chooses among them. */
export function createKickPanel(store: LabStore, actions: LabActions): HTMLElement {
  const number = (id: string, label: string, value: number, min: number, max: number, step = 1) =>
    el('input', {
      id,
      class: 'number',
      type: 'number',
      value,
      min,
      max,
      step,
      'aria-label': label,
    });
  const strength = number('kick-strength', 'Strength of the noise', 2, 0.1, 10, 0.1);
  const ways = number('kick-ways', 'Ways side by side', 6, 2, MOST_TRAJECTORIES);
  const result = el('p', { class: 'lab-note', id: 'kick-result' });
  let seed = 0;
  const kick = button(
    { id: 'kick', text: 'Kick', tip: 'Noise on both states before the next segment (K)' },
    () => {
      const { at, segments } = store.get();
      seed++;
      actions.attempt(() =>
        actions.setKick({
          segment: Math.max(2, Math.min(segments, at + 1)),
          strength: strength.valueAsNumber,
          trajectories: ways.valueAsNumber,
          seed,
        }),
      );
    },
  );
  const calm = button({ id: 'calm', text: 'No kick', look: 'quiet' }, () =>
    actions.attempt(() => actions.setKick(undefined)),
  );
  store.watch((state) => {
    const { kick: given, answer } = state;
    calm.hidden = given === undefined;
    if (!given || !answer) {
      setText(
        result,
        'Noise on both states before the next segment, several ways side by side; the halting head picks the one it trusts most.',
      );
      return;
    }
    const { trajectories } = answer;
    const right = trajectories.filter(({ thoughts }) => thoughts.at(-1)?.valid).length;
    const chosen = trajectories.find((one) => one.chosen);
    const plain = trajectories[0]?.thoughts.at(-1)?.valid ? 'right' : 'wrong';
    setText(
      result,
      `Kicked before segment ${given.segment}: ${right} of ${trajectories.length} ways end right. Without a kick it is ${plain}; the way that the halting head trusts most is ${chosen?.thoughts.at(-1)?.valid ? 'right' : 'wrong'}.`,
    );
  });
  return foldingPanel(
    'A kick in mid-thought',
    true,
    [],
    el(
      'div',
      { class: 'kick-row' },
      el('label', {}, 'Strength ', strength),
      el('label', {}, 'Ways ', ways),
      kick,
      calm,
    ),
    result,
  );
}

/** How the states settle and the answer comes, segment by segment. */
export function createCurvesPanel(
  store: LabStore,
  actions: LabActions,
  appearance: Appearance,
): HTMLElement {
  const moved = createLabChart('How far the states move', appearance, actions.seek);
  const right = createLabChart('Cells right', appearance, actions.seek);
  const draw = () => {
    const state = store.get();
    const thoughts = thoughtsOf(state);
    const theme = appearance.theme();
    const end = Math.max(2, thoughts.length || state.segments);
    const trained = modelOf(state)?.segments;
    const line = (value: (i: number) => number | undefined) =>
      thoughts.map((_, i): [number, number] => [i + 1, value(i) ?? 0]);
    const cells = state.puzzle ? state.puzzle.cells.length : 1;
    const common = {
      x: [1, end] as const,
      cursor: state.at > 0 ? state.at : undefined,
      trained,
      formatX: (x: number) => String(Math.round(x)),
    };
    moved.draw({
      ...common,
      y: [1e-4, 10],
      isLog: true,
      formatY: (y) =>
        y === 0 ? '0' : y >= 0.01 ? String(Number(y.toPrecision(2))) : y.toExponential(0),
      lines: [
        { label: 'Planner', color: theme.planner, points: line((i) => thoughts[i]?.movedPlanner) },
        {
          label: 'Doer',
          color: theme.doer,
          dashed: true,
          points: line((i) => thoughts[i]?.movedDoer),
        },
      ],
    });
    const share = (i: number) => 1 - (thoughts[i]?.wrong.length ?? 0) / cells;
    const mean = (i: number) => {
      const list = thoughts[i]?.confidence ?? [];
      return list.reduce((sum, one) => sum + one, 0) / 100 / Math.max(1, list.length);
    };
    const least = Math.min(0.75, ...thoughts.map((_, i) => Math.floor(10 * share(i)) / 10));
    right.draw({
      ...common,
      y: [least, 1],
      formatY: formatShare,
      lines: [
        { label: 'right', color: theme.good, points: line(share) },
        { label: 'sure', color: theme.muted, dashed: true, points: line(mean) },
      ],
    });
  };
  store.watch(draw);
  appearance.onChange(draw);
  return panel('By segment', [], moved.element, right.element);
}
