import { renderSVG } from 'uqr';
import { button } from '../../ui/button.ts';
import { copyText } from '../../ui/copy.ts';
import { el } from '../../ui/dom.ts';

/** What is known of how others reach this page. */
export interface Reach {
  /** Addresses of the server that other machines on its network can open, best first. */
  addresses: readonly string[];
  /** Whether they need the token for watching, too. */
  needsToken: boolean;
}

export interface ShareInput {
  /** The page's address as it is here, with what is shown. */
  here: string;
  reach: Reach;
  /** Hands out the episode on the stage as a file; undefined where none is shown. */
  saveFile: (() => void) | undefined;
  /** The same as a page that plays by itself. */
  savePage: (() => void) | undefined;
  /** Makes a film of it. */
  film: HTMLElement | undefined;
  /** Lets others follow this page; undefined while it is in a class. */
  openClass: (() => void) | undefined;
}

/** The link that others can open: of the name the page was opened with, or of the network's. */
export function linkFor(here: string, reach: Reach): string | undefined {
  const url = new URL(here);
  if (!isOfThisMachine(url.hostname)) return url.href;
  const [best] = reach.addresses;
  return best && new URL(`${url.pathname}${url.search}`, best).href;
}

function isOfThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

/** A dialog with the link to what is on the stage, for people and for their phones. */
export function openShare({
  here,
  reach,
  saveFile,
  savePage,
  film,
  openClass,
}: ShareInput): HTMLDialogElement {
  const link = linkFor(here, reach);
  const said = el('p', { class: 'role', role: 'status' });
  const input = el('input', { type: 'text', readonly: true, 'aria-label': 'Link' });
  input.value = link ?? here;
  const copy = button({ text: 'Copy link', look: 'primary' }, () => {
    void copyText(input.value).then((copied) => {
      if (!copied) input.select();
      said.textContent = copied ? 'Copied.' : 'Press Ctrl+C to copy it.';
    });
  });
  const code = el('div', { class: 'code', role: 'img', 'aria-label': 'The link as a QR code' });
  // The library's own drawing of the text alone: nothing of it comes from elsewhere.
  if (link) code.innerHTML = renderSVG(link, { border: 1 });
  const dialog = el(
    'dialog',
    { class: 'help share', id: 'share', 'aria-labelledby': 'share-title' },
    el('h2', { id: 'share-title', text: 'Show this to others' }),
    el(
      'div',
      { class: 'ways' },
      link ? code : false,
      el(
        'div',
        {},
        el('p', { text: words(link, reach) }),
        el('div', { class: 'link' }, input, copy),
        said,
        saveFile &&
          el('p', {
            text: 'Or as a file, which every Planner & Doer opens with “Import a file…”; as a page that plays it in any browser, without a server; or as a film:',
          }),
        saveFile &&
          el(
            'div',
            { class: 'row-of-buttons' },
            button({ text: 'Download the episode' }, saveFile),
            savePage && button({ text: 'Download as a page' }, savePage),
          ),
        film,
        openClass &&
          el('p', {
            text: 'Or for a class: you control, the others see what you see, and may look around and come back.',
          }),
        openClass &&
          button({ text: 'Open a class' }, () => {
            dialog.close();
            openClass();
          }),
      ),
    ),
    el('form', { method: 'dialog' }, el('button', { class: 'button', text: 'Close' })),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function words(link: string | undefined, { needsToken }: Reach): string {
  if (!link)
    return 'This link works on this machine only: the server listens nowhere else. To let others in, start it with --host 0.0.0.0; it then prints the token for those who may change things.';
  const who = needsToken ? 'Whoever has the token for watching' : 'Whoever is on the same network';
  return `${who} sees what is on the stage. The link stays good as long as the run is kept.`;
}
