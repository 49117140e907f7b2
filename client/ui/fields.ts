import type { FieldTable, NumberField } from '../../shared/fields.ts';
import type { State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { formatField } from '../theme/format.ts';
import { recall, remember } from '../theme/memory.ts';
import { el, setText } from './dom.ts';

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
  /** Which of the fields mean anything now; by default all. */
  shown?: (state: State) => readonly string[];
  /** Whether values may be changed now. */
  editable: (state: State) => boolean;
  /** Asks for a change; rejects with an error whose message is shown, at its `field` where it names one. */
  send: (patch: Record<string, number>) => Promise<void>;
}

interface Change {
  from: Values;
  to: Values;
}

/** Sliders for a table of numbers, sent a moment after the last move, with undo and redo. */
export interface FieldForm {
  readonly element: HTMLElement;
  /** Sends these values, as if each had been set by hand. */
  apply(values: Values): void;
  undo(): void;
  redo(): void;
  /** Called with what may be undone and redone. */
  onHistory(listener: (can: { undo: boolean; redo: boolean }) => void): void;
}

function fieldOf(table: FieldTable, id: string): NumberField {
  const field = table[id];
  if (!field) throw new Error(`no field ${id} in the table of this form`);
  return field;
}

export function createFieldForm(options: FieldFormOptions): FieldForm {
  const { store, table, ids, values, send } = options;
  const element = el('div', { class: 'fields' });
  const rows = new Map(ids.map((id) => [id, fieldRow(options.name, id, fieldOf(table, id))]));
  const drafts: Record<string, number> = {};
  let done: Change[] = [];
  let undone: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let runId: string | undefined;
  const historyListeners: Parameters<FieldForm['onHistory']>[0][] = [];

  function show() {
    const state = store.get();
    const current = values(state);
    const editable = options.editable(state);
    const shown = options.shown?.(state) ?? ids;
    for (const [id, row] of rows) {
      row.element.hidden = !shown.includes(id);
      row.show(drafts[id] ?? current?.[id], editable);
    }
  }

  const history = () => ({ undo: done.length > 0, redo: undone.length > 0 });

  function setHistory(before: Change[], after: Change[]) {
    done = before;
    undone = after;
    for (const listener of historyListeners) listener(history());
  }

  /** Sends what differs from the values in force. Resolves with the change made; undefined where there was none. */
  async function commit(patch: Values): Promise<Change | undefined> {
    const current = values(store.get());
    if (!current) return undefined;
    const changed = Object.entries(patch).filter(([id, value]) => current[id] !== value);
    for (const [id] of Object.entries(patch)) delete drafts[id];
    const [first] = changed;
    if (!first) {
      show();
      return undefined;
    }
    for (const [id] of changed) rows.get(id)?.showError('');
    // The new values stay on the sliders while the answer is under way.
    for (const [id, value] of changed) drafts[id] = value;
    const from: Record<string, number> = {};
    for (const [id] of changed) {
      const before = current[id];
      if (before !== undefined) from[id] = before;
    }
    const to = Object.fromEntries(changed);
    try {
      await send(to);
      return { from, to };
    } catch (error) {
      const named = (error as { field?: string }).field?.split('.').at(-1);
      const at = named && rows.has(named) ? named : first[0];
      rows.get(at)?.showError((error as Error).message);
      return undefined;
    } finally {
      for (const [id, value] of changed) if (drafts[id] === value) delete drafts[id];
      show();
    }
  }

  async function change(patch: Values) {
    const made = await commit(patch);
    if (made) setHistory([...done, made], []);
  }

  async function undo() {
    const last = done.at(-1);
    if (!last) return;
    setHistory(done.slice(0, -1), undone);
    if (await commit(last.from)) setHistory(done, [...undone, last]);
  }

  async function redo() {
    const next = undone.at(-1);
    if (!next) return;
    setHistory(done, undone.slice(0, -1));
    if (await commit(next.to)) setHistory([...done, next], undone);
  }

  element.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return;
    event.preventDefault();
    void (event.shiftKey ? redo() : undo());
  });

  for (const [id, row] of rows) {
    element.append(row.element);
    row.input.addEventListener('input', () => {
      drafts[id] = row.input.valueAsNumber;
      row.show(drafts[id], true);
      clearTimeout(timer);
      timer = setTimeout(() => void change({ ...drafts }), DEBOUNCE_MS);
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
      setHistory([], []);
      for (const row of rows.values()) row.showError('');
    },
  );

  return {
    element,
    apply: (wanted) => void change({ ...wanted }),
    undo: () => void undo(),
    redo: () => void redo(),
    onHistory(listener) {
      historyListeners.push(listener);
      listener(history());
    },
  };
}

function fieldRow(name: string, id: string, field: NumberField) {
  const inputId = `${name}-${id}`;
  const range = `${field.min} to ${field.max}${field.unit ? ` ${field.unit}` : ''}; default ${field.default}`;
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
    { class: 'field', tip: `${field.help} From ${range}.`, 'data-field': id },
    el('label', { for: inputId, text: field.label }),
    output,
    input,
    el(
      'p',
      { id: `${inputId}-help`, class: 'explanation' },
      `${field.help} `,
      el('small', { text: `From ${range}.` }),
    ),
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

const EXPLAIN_KEY = 'planner-doer-explain';

/** A switch that writes each slider's meaning and range under it; the choice is remembered. */
export function explainButton(form: FieldForm): HTMLElement {
  const button = el('button', {
    class: 'button quiet',
    type: 'button',
    text: 'Explain',
    tip: 'Writes under each slider what it does, its range and its default.',
    on: { click: () => show(button.getAttribute('aria-pressed') !== 'true') },
  });
  function show(on: boolean) {
    button.setAttribute('aria-pressed', String(on));
    form.element.classList.toggle('explained', on);
    remember(EXPLAIN_KEY, on ? 'yes' : 'no');
  }
  show(recall(EXPLAIN_KEY) === 'yes');
  return button;
}
