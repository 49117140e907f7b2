import type { Notice } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { button } from './button.ts';
import type { Commands } from './commands.ts';
import { el, icon } from './dom.ts';
import { ICONS } from './icons.ts';

/** Short messages in the corner: what was saved, what was refused and why. */
export function fillNotices(host: HTMLElement, store: Store, commands: Commands): void {
  const shown = new Map<number, HTMLElement>();
  store.watch(
    (state) => state.notices,
    (notices) => {
      for (const [id, element] of shown) {
        if (notices.some((notice) => notice.id === id)) continue;
        element.remove();
        shown.delete(id);
      }
      for (const notice of notices) {
        if (shown.has(notice.id)) continue;
        const element = noticeElement(notice, () => commands.dismissNotice(notice.id));
        shown.set(notice.id, element);
        host.append(element);
      }
    },
  );
}

/** One message, with a button that takes it away. */
export function noticeElement(
  { tone, text, action }: Omit<Notice, 'id'>,
  dismiss: () => void,
): HTMLElement {
  return el(
    'div',
    { class: 'notice', 'data-tone': tone },
    el('p', { text }),
    action &&
      button({ text: action.label, look: 'quiet' }, () => {
        dismiss();
        action.act();
      }),
    el(
      'button',
      { type: 'button', 'aria-label': 'Dismiss', on: { click: dismiss } },
      icon(ICONS.remove),
    ),
  );
}
