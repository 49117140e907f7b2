import type { MissionCompletion } from '../../../shared/protocol.ts';
import { el } from '../../ui/dom.ts';

const DEBOUNCE_MS = 120;
/** How long the completions stay after the field loses the focus. */
const BLUR_MS = 300;
const MAX_OFFERED = 10;
let inputs = 0;

export interface MissionInput {
  readonly element: HTMLElement;
  value(): string;
  set(text: string): void;
}

/**
 * A field for a mission sentence that offers how it can go on (a combobox: arrows choose, Enter or Tab
 * takes, Escape closes). `onInput` is told of every change.
 */
export function createMissionInput(
  label: string,
  complete: (prefix: string) => Promise<MissionCompletion[]>,
  onInput: () => void,
): MissionInput {
  const id = `mission-input-${++inputs}`;
  const list = el('ul', {
    class: 'completions',
    id: `${id}-list`,
    role: 'listbox',
    'aria-label': 'How it can go on',
    hidden: true,
  });
  const input = el('input', {
    id,
    class: 'search',
    type: 'text',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 300,
    placeholder: 'go to the red ball, then open a blue door',
    'aria-controls': list.id,
    'aria-expanded': 'false',
    'aria-autocomplete': 'list',
  });
  let offered: MissionCompletion[] = [];
  let chosen = -1;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(completions: MissionCompletion[]) {
    offered = completions.slice(0, MAX_OFFERED);
    choose(-1);
    list.replaceChildren(
      ...offered.map(({ text }, at) =>
        el('li', {
          role: 'option',
          id: `${id}-${at}`,
          text,
          'aria-selected': 'false',
          // Pressing must not take the focus from the field.
          on: { pointerdown: (event) => event.preventDefault(), click: () => take(at) },
        }),
      ),
    );
    list.hidden = offered.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
  }

  function choose(at: number) {
    chosen = at;
    [...list.children].forEach((item, i) => {
      item.setAttribute('aria-selected', String(i === at));
      if (i === at) item.scrollIntoView({ block: 'nearest' });
    });
    if (at < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `${id}-${at}`);
  }

  function take(at: number) {
    const completion = offered[at];
    if (!completion) return;
    input.value = `${completion.full} `;
    input.focus();
    changed();
  }

  function ask() {
    const turn = ++asked;
    complete(input.value)
      .then((completions) => {
        if (turn === asked && document.activeElement === input) show(completions);
      })
      // Writing goes on without help.
      .catch(() => turn === asked && show([]));
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(ask, DEBOUNCE_MS);
    onInput();
  }

  input.addEventListener('input', changed);
  input.addEventListener('focus', ask);
  input.addEventListener('blur', () => {
    asked++;
    // Not at once: what lies below would move up from under the pointer that is just pressing it.
    setTimeout(() => document.activeElement !== input && show([]), BLUR_MS);
  });
  input.addEventListener('keydown', (event) => {
    const count = offered.length;
    if (count === 0) return;
    if (event.key === 'ArrowDown') choose((chosen + 1) % count);
    else if (event.key === 'ArrowUp') choose(chosen <= 0 ? count - 1 : chosen - 1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen >= 0) take(chosen);
    else if (event.key === 'Escape') show([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    element: el(
      'div',
      { class: 'mission-input' },
      el('label', { for: id, text: label }),
      input,
      list,
    ),
    value: () => input.value.trim(),
    set(text) {
      input.value = text;
      onInput();
    },
  };
}
