import { el } from '../theme/dom.ts';

const DELAY_MS = 250;
const GAP = 8;

/**
 * Shows the `data-tip` of whatever is hovered or focused. One element serves the whole page, and is
 * named as the description of what it explains while it is shown. Escape hides it.
 */
export function installTooltips(root: HTMLElement = document.body): void {
  const bubble = el('div', { class: 'tooltip', id: 'tooltip', role: 'tooltip', hidden: true });
  root.append(bubble);
  let owner: HTMLElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide() {
    clearTimeout(timer);
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
    if (!target.hasAttribute('aria-describedby'))
      target.setAttribute('aria-describedby', 'tooltip');
    const at = target.getBoundingClientRect();
    const size = bubble.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, at.left), innerWidth - size.width - GAP);
    const below = at.bottom + GAP;
    const fits = below + size.height < innerHeight;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${fits ? below : at.top - size.height - GAP}px`;
  }

  function consider(event: Event, delay: number) {
    const target = (event.target as Element | null)?.closest?.<HTMLElement>('[data-tip]');
    if (target === owner) return;
    hide();
    if (!target) return;
    owner = target;
    timer = setTimeout(() => show(target), delay);
  }

  root.addEventListener('pointerover', (event) => {
    if (event.pointerType !== 'touch') consider(event, DELAY_MS);
  });
  // A finger cannot hover: a tap explains what a tap does not already act on.
  root.addEventListener('click', (event) => {
    const isTouch = (event as PointerEvent).pointerType === 'touch';
    const acts = (event.target as Element | null)?.closest(
      'button, a, input, select, label, summary',
    );
    if (isTouch && !acts) consider(event, 0);
  });
  root.addEventListener('focusin', (event) => {
    // Whoever has pressed something by pointer knows what it is.
    if ((event.target as Element).matches(':focus-visible')) consider(event, DELAY_MS);
  });
  root.addEventListener('focusout', hide);
  root.addEventListener('pointerdown', hide);
  root.addEventListener('scroll', hide, { capture: true, passive: true });
  root.addEventListener('keydown', (event) => event.key === 'Escape' && hide());
}
