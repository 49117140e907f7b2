import { recall, remember } from '../theme/memory.ts';
import { el } from './dom.ts';

let sections = 0;

/** A titled panel. `extra` goes to the right of the title. */
export function panel(title: string, extra: (Node | string)[], ...body: Node[]): HTMLElement {
  const id = `panel-${++sections}`;
  const heading = el('h2', { id, text: title });
  return el(
    'section',
    { class: 'panel', 'aria-labelledby': id },
    el('header', {}, heading, ...extra),
    ...body,
  );
}

/** A titled panel that folds; whether it is open is remembered. */
export function foldingPanel(
  title: string,
  open: boolean,
  extra: (Node | string)[],
  ...body: Node[]
): HTMLDetailsElement {
  const key = `planner-doer-open-${title}`;
  const kept = recall(key);
  const details = el(
    'details',
    { class: 'panel', open: kept === undefined ? open : kept === 'yes' },
    el('summary', {}, el('h2', { text: title }), ...extra),
    ...body,
  );
  details.addEventListener('toggle', () => remember(key, details.open ? 'yes' : 'no'));
  return details;
}
