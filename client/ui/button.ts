import { el, icon } from './dom.ts';

export interface ButtonOptions {
  /** Words on it, or a drawing (SVG path data); a drawing needs a `label`. */
  text?: string;
  icon?: string;
  /** Name for assistive technology, where the words on it do not say enough. */
  label?: string;
  tip?: string;
  id?: string;
  look?: 'primary' | 'quiet';
  /** Further classes. */
  class?: string;
  [attribute: string]: unknown;
}

/** A button that does `click`. */
export function button(options: ButtonOptions, click: () => void): HTMLButtonElement {
  const { text, icon: path, label, look, class: more, ...rest } = options;
  const classes = ['button', look, path !== undefined && text === undefined && 'icon', more];
  return el(
    'button',
    {
      ...rest,
      class: classes.filter(Boolean).join(' '),
      type: 'button',
      'aria-label': label,
      on: { click },
    },
    path !== undefined && icon(path),
    text,
  );
}
