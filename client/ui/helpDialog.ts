import { el } from './dom.ts';

type Words = readonly (readonly [name: string, text: string])[];

export interface HelpDialog {
  /** Of the title's element. */
  id: string;
  title: string;
  /** What can be seen on the page, by name. */
  reading: Words;
  /** Caps of keys, and what they do. */
  keys: readonly (readonly [caps: readonly string[], text: string])[];
  /** Below the words. */
  more?: HTMLElement;
  /** Beside the button that closes it. */
  extra?: HTMLElement;
}

/** The help of a page: how to read it, and its keys. It is on the page from now on, closed. */
export function helpDialog({
  id,
  title,
  reading,
  keys,
  more,
  extra,
}: HelpDialog): HTMLDialogElement {
  const look = extra ? 'button' : 'button primary';
  const dialog = el(
    'dialog',
    { class: 'help', 'aria-labelledby': id },
    // Otherwise the first control, far below, would get the focus.
    el('h2', { id, tabindex: -1, autofocus: true, text: title }),
    el(
      'div',
      { class: 'columns' },
      el(
        'div',
        {},
        el(
          'ul',
          {},
          ...reading.map(([name, text]) => el('li', {}, el('b', { text: name }), el('br'), text)),
        ),
        more,
      ),
      el(
        'div',
        {},
        el('h3', { text: 'Keys' }),
        el(
          'dl',
          {},
          ...keys.flatMap(([caps, text]) => [
            el('dt', {}, ...caps.flatMap((cap) => [el('kbd', { text: cap }), ' '])),
            el('dd', { text }),
          ]),
        ),
      ),
    ),
    el('form', { method: 'dialog' }, extra, ' ', el('button', { class: look, text: 'Close' })),
  );
  document.body.append(dialog);
  return dialog;
}
