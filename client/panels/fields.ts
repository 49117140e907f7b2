import type { FieldTable, NumberField } from '../../shared/fields.ts';
import type { State, Store } from '../selectors/view.ts';
import { el, setText } from '../theme/dom.ts';
import { formatField } from '../theme/format.ts';

const DEBOUNCE_MS = 350;

type Values = Readonly<Record<string, number>>;

export interface FieldFormOptions {
  store: Store;
  /** Starts the fields' element ids. */
  name: string;
  table: FieldTable;
  ids: readonly string[];
  /** Values in force; undefined while there is no run. */
  values: (state: State) => Values | undefined;
  /** Whether values may be changed now. */
  editable: (state: State) => boolean;
  /** Asks for a change; rejects with an error whose message is shown, at its `field` where it names one. */
  send: (patch: Record<string, number>) => Promise<void>;
}

/** Sliders for a table of numbers, sent a moment after the last move, with undo. */
export interface FieldForm {
  readonly element: HTMLElement;
  /** Sends these values, as if each had been set by hand. */
  apply(values: Values): void;
  undo(): void;
  /** Called with whether there is something to undo. */
  onUndoable(listener: (possible: boolean) => void): void;
}

export function createFieldForm(options: FieldFormOptions): FieldForm {
  const { store, table, ids, values, send } = options;
  const element = el('div', { class: 'fields' });
  const rows = new Map(ids.map((id) => [id, fieldRow(options.name, id, table[id])]));
  const drafts: Record<string, number> = {};
  let before: Values[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let runId: string | undefined;
  const undoListeners: ((possible: boolean) => void)[] = [];

  function show() {
    const state = store.get();
    const current = values(state);
    const editable = options.editable(state);
    for (const [id, row] of rows) row.show(drafts[id] ?? current?.[id], editable);
  }

  function setUndo(stack: Values[]) {
    before = stack;
    for (const listener of undoListeners) listener(stack.length > 0);
  }

  async function commit(patch: Record<string, number>, remember: boolean) {
    const current = values(store.get());
    if (!current) return;
    const changed = Object.entries(patch).filter(([id, value]) => current[id] !== value);
    for (const [id] of Object.entries(patch)) delete drafts[id];
    if (changed.length === 0) {
      show();
      return;
    }
    for (const [id] of changed) rows.get(id)?.showError('');
    // The new values stay on the sliders while the answer is under way.
    for (const [id, value] of changed) drafts[id] = value;
    const previous = Object.fromEntries(changed.map(([id]) => [id, current[id]]));
    try {
      await send(Object.fromEntries(changed));
      if (remember) setUndo([...before, previous]);
    } catch (error) {
      const named = (error as { field?: string }).field?.split('.').at(-1);
      const at = named && rows.has(named) ? named : changed[0][0];
      rows.get(at)?.showError((error as Error).message);
    } finally {
      for (const [id, value] of changed) if (drafts[id] === value) delete drafts[id];
      show();
    }
  }

  for (const [id, row] of rows) {
    element.append(row.element);
    row.input.addEventListener('input', () => {
      drafts[id] = row.input.valueAsNumber;
      row.show(drafts[id], true);
      clearTimeout(timer);
      timer = setTimeout(() => commit({ ...drafts }, true), DEBOUNCE_MS);
    });
  }
  store.watch(values, show);
  store.watch(options.editable, show);
  store.watch(
    (state) => state.runId,
    (id) => {
      if (id === runId) return;
      runId = id;
      clearTimeout(timer);
      for (const draft of Object.keys(drafts)) delete drafts[draft];
      setUndo([]);
      for (const row of rows.values()) row.showError('');
    },
  );

  return {
    element,
    apply: (wanted) => void commit({ ...wanted }, true),
    undo() {
      const previous = before.at(-1);
      if (!previous) return;
      setUndo(before.slice(0, -1));
      void commit({ ...previous }, false);
    },
    onUndoable(listener) {
      undoListeners.push(listener);
      listener(before.length > 0);
    },
  };
}

function fieldRow(name: string, id: string, field: NumberField) {
  const inputId = `${name}-${id}`;
  const help =
    `${field.help} From ${field.min} to ${field.max}` +
    `${field.unit ? ` (${field.unit})` : ''}; default ${field.default}.`;
  const number = el('span');
  const output = el('output', { for: inputId }, number);
  if (field.unit) output.append(' ', el('small', { text: field.unit }));
  const input = el('input', {
    id: inputId,
    type: 'range',
    min: field.min,
    max: field.max,
    step: field.step,
    'aria-describedby': `${inputId}-help`,
  });
  const wrong = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const element = el(
    'div',
    { class: 'field', tip: help, 'data-field': id },
    el('label', { for: inputId, text: field.label }),
    output,
    input,
    el('span', { id: `${inputId}-help`, class: 'visually-hidden', text: help }),
    wrong,
  );
  return {
    element,
    input,
    show(value: number | undefined, editable: boolean) {
      input.disabled = !editable || value === undefined;
      if (value === undefined) {
        setText(number, '–');
        return;
      }
      if (input.valueAsNumber !== value) input.valueAsNumber = value;
      setText(number, formatField(value, field));
      input.setAttribute('aria-valuetext', `${formatField(value, field)} ${field.unit}`.trim());
      const share = (value - field.min) / (field.max - field.min);
      input.style.setProperty('--fill', `${(share * 100).toFixed(1)}%`);
      element.dataset.changed = String(value !== field.default);
    },
    showError(message: string) {
      wrong.hidden = message === '';
      wrong.textContent = message;
    },
  };
}
