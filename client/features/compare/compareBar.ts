import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import { explain } from '../../../shared/glossary.ts';
import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';

export const MAX_WORLDS = 200;
const SPEEDS = [1, 2, 4, 16] as const;

export interface CompareBar {
  readonly element: HTMLElement;
  /** Its options are filled by the place. */
  readonly level: HTMLSelectElement;
  seed(): number;
  /** How many worlds are asked for, within what is allowed. */
  worlds(): number;
  set(seed: number, worlds: number): void;
  isPaused(): boolean;
  /** How many times as fast as usual the pictures go. */
  speed(): number;
  /** What the buttons offer now. */
  show(can: { stop: boolean; pause: boolean; save: boolean; addSide: boolean }): void;
}

export interface CompareBarActions {
  go(): void;
  save(): void;
  addSide(): void;
}

/** Level and worlds of a comparison, and what can be done with it. A change of speed is no change of the comparison. */
export function createCompareBar(actions: CompareBarActions): CompareBar {
  const level = el('select', { id: 'compare-level', 'aria-label': 'Level' });
  const seed = numberField('First seed', EVAL_SEED_BASE, 0, Number.MAX_SAFE_INTEGER);
  seed.label.dataset.tip = `${explain('levelSeed')} The worlds have this seed and those after it.`;
  const count = numberField('Worlds', 20, 1, MAX_WORLDS);
  count.label.dataset.tip = `Episodes of each side, each in a world of its own. From 1 to ${MAX_WORLDS}.`;
  const go = button(
    {
      ...{ id: 'compare-go', text: 'Play', look: 'primary' },
      tip: 'All sides play all worlds, as fast as the server can',
    },
    () => actions.go(),
  );
  let isPaused = false;
  const pause = button(
    {
      ...{ id: 'compare-pause', text: 'Pause' },
      tip: 'Holds the pictures; what is being played goes on',
    },
    () => {
      isPaused = !isPaused;
      setText(pause, isPaused ? 'Go on' : 'Pause');
    },
  );
  const addSide = button(
    { id: 'compare-add', text: 'Add a side', tip: 'Up to four play side by side' },
    () => actions.addSide(),
  );
  const save = button(
    {
      ...{ id: 'compare-save', text: 'CSV' },
      tip: 'Downloads what each side did in each world, for a spreadsheet',
    },
    () => actions.save(),
  );
  const pace = el('select', {
    'aria-label': 'Viewing speed',
    // The place starts anew when something changes in it.
    on: { change: (event) => event.stopPropagation() },
  });
  pace.append(...SPEEDS.map((value) => el('option', { value: String(value), text: `${value}×` })));
  pace.value = '2';
  const element = el(
    'header',
    {},
    el('h2', { id: 'compare-title', text: 'Compare' }),
    el('label', {}, 'Level ', level),
    seed.label,
    count.label,
    addSide,
    save,
    go,
    pause,
    pace,
  );
  const worlds = () =>
    Math.min(MAX_WORLDS, Math.max(1, Math.floor(Number(count.input.value)) || 1));
  return {
    element,
    level,
    seed: () => Math.floor(Number(seed.input.value)) || 0,
    worlds,
    set(first, howMany) {
      seed.input.value = String(first);
      count.input.value = String(howMany);
    },
    isPaused: () => isPaused,
    speed: () => Number(pace.value),
    show(can) {
      setText(go, can.stop ? 'Stop' : 'Play');
      pause.disabled = !can.pause;
      save.disabled = !can.save;
      addSide.disabled = !can.addSide;
    },
  };
}

function numberField(text: string, value: number, min: number, max: number) {
  const input = el('input', { type: 'number', value, min, max, step: 1 });
  return { input, label: el('label', {}, `${text} `, input) };
}
