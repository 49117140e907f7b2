import {
  MAX_NEXT,
  MAX_OWN_RECORDING_BYTES,
  MAX_OWN_RECORDINGS,
  RECORD_REASON_IDS,
  RECORD_REASONS,
  type RecordIntent,
} from '../../../shared/intent.ts';
import { watchedRun } from '../../selectors/run.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';

const USUAL_NEXT = 5;

/** What the watched run is to record by itself. */
export function createRecordChoice(
  store: Store,
  commands: Pick<Commands, 'setRecord'>,
): HTMLElement {
  const boxes = RECORD_REASON_IDS.flatMap((id) => {
    if (id === 'next') return [];
    const box = el('input', {
      type: 'checkbox',
      'data-reason': id,
      on: { change: () => commands.setRecord({ [id]: box.checked }) },
    });
    const { label, help } = RECORD_REASONS[id];
    return [{ id, box, element: el('label', { tip: help }, box, label) }];
  });
  const many = el('input', {
    type: 'number',
    min: 1,
    max: MAX_NEXT,
    value: USUAL_NEXT,
    'aria-label': 'How many of the next episodes',
  });
  const next = button(
    { text: 'Record the next', look: 'quiet', tip: RECORD_REASONS.next.help },
    () =>
      commands.setRecord({
        next: Math.min(MAX_NEXT, Math.max(1, Math.floor(Number(many.value)) || USUAL_NEXT)),
      }),
  );
  const state = el('small', { class: 'muted', role: 'status' });
  store.watch(
    (all) => watchedRun(all)?.record,
    (record) => {
      for (const { id, box } of boxes) box.checked = record?.[id] === true;
      setText(state, recordText(record));
    },
  );
  return el(
    'details',
    { class: 'record-by-itself' },
    el('summary', { text: 'Record by itself' }),
    el('div', { class: 'row-of-buttons' }, next, many),
    ...boxes.map(({ element }) => element),
    state,
  );
}

/** "3 to come · 12 made, 0.4 of 20 MB"; empty where nothing is asked. */
export function recordText(record: RecordIntent | undefined): string {
  if (!record) return '';
  const { next = 0, made, bytes } = record;
  const isFull = made >= MAX_OWN_RECORDINGS || bytes > 0.98 * MAX_OWN_RECORDING_BYTES;
  return [
    next > 0 ? `${next} to come` : '',
    `${made} made, ${(bytes / 1e6).toFixed(1)} of ${MAX_OWN_RECORDING_BYTES / 1e6} MB`,
    isFull ? 'full: no more are made' : '',
  ]
    .filter(Boolean)
    .join(' · ');
}
