import { pageZoom } from '../theme/zoom.ts';
import { el } from './dom.ts';

const DELAY_MS = 250;
const GAP = 8;

/**
 * Shows the `data-tip` of whatever is hovered or focused, on the page or in a dialog over it. One
 * element serves all, and is named as the description of what it explains while it is shown. Escape
 * hides it. `home` is the landmark that it lies in.
 */
export function installTooltips(home: HTMLElement): void {
  const bubble = el('div', {
    class: 'tooltip',
    id: 'tooltip',
    role: 'tooltip',
    // Lifts it over an open dialog, where the browser can.
    popover: 'manual',
    hidden: true,
  });
  home.append(bubble);
  const root = document.body;
  let owner: HTMLElement | undefined;
  /** What was pressed or dismissed is not explained again until it has been left. */
  let spent: HTMLElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide() {
    clearTimeout(timer);
    if (!bubble.hidden) bubble.hidePopover?.();
    bubble.hidden = true;
    if (owner?.getAttribute('aria-describedby') === 'tooltip') {
      owner.removeAttribute('aria-describedby');
    }
    owner = undefined;
  }

  function show(target: HTMLElement) {
    if (!target.isConnected || !target.dataset.tip) return;
    bubble.textContent = target.dataset.tip;
    bubble.hidden = false;
    bubble.showPopover?.();
    if (!target.hasAttribute('aria-describedby'))
      target.setAttribute('aria-describedby', 'tooltip');
    const at = target.getBoundingClientRect();
    const size = bubble.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, at.left), innerWidth - size.width - GAP);
    const below = at.bottom + GAP;
    const fits = below + size.height < innerHeight;
    const zoom = pageZoom();
    bubble.style.left = `${left / zoom}px`;
    bubble.style.top = `${(fits ? below : at.top - size.height - GAP) / zoom}px`;
  }

  const tippedBy = (event: Event) =>
    (event.target as Element | null)?.closest?.<HTMLElement>('[data-tip]') ?? undefined;

  function consider(event: Event, delay: number) {
    const target = tippedBy(event);
    if (target !== spent) spent = undefined;
    if (target === owner || (target && target === spent)) return;
    hide();
    if (!target) return;
    owner = target;
    timer = setTimeout(() => show(target), delay);
  }

  // Moved over, not only come under the pointer: what scrolls or grows beneath a resting one explains nothing.
  root.addEventListener('pointermove', (event) => {
    if (event.pointerType !== 'touch') consider(event, DELAY_MS);
  });
  root.addEventListener('pointerover', (event) => {
    if (owner && tippedBy(event) !== owner && !owner.matches(':focus-visible')) hide();
  });
  // A finger cannot hover: a tap explains what a tap does not already act on.
  root.addEventListener('click', (event) => {
    const isTouch = (event as PointerEvent).pointerType === 'touch';
    const acts = (event.target as Element | null)?.closest(
      'button, a, input, select, label, summary',
    );
    if (!isTouch || acts) return;
    spent = undefined;
    consider(event, 0);
  });
  root.addEventListener('focusin', (event) => {
    // A person who has just pressed something needs no explanation of it.
    if ((event.target as Element).matches(':focus-visible')) consider(event, DELAY_MS);
  });
  root.addEventListener('focusout', hide);
  root.addEventListener('pointerdown', (event) => {
    hide();
    spent = tippedBy(event);
  });
  root.addEventListener('pointerleave', hide);
  root.addEventListener('scroll', hide, { capture: true, passive: true });
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    spent = owner;
    hide();
  });
  // A dialog that opens or closes leaves nothing to explain where it was.
  root.addEventListener(
    'beforetoggle',
    (event) => {
      if (event.target !== bubble) hide();
    },
    { capture: true },
  );
}
