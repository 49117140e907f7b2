import { button } from './button.ts';
import { icon } from './dom.ts';

/** How long the question stays on the button. */
const ASK_MS = 4000;

export interface SureButton {
  label: string;
  tip: string;
  /** The drawing on it. */
  path: string;
  /** What it asks when pressed: "Delete?" */
  question: string;
  act(): void;
}

/**
 * A button for what cannot be taken back: the first press asks on the button itself, the second acts.
 * While it asks it carries `data-asked`, and whoever draws its list anew has to wait.
 */
export function sureButton({ label, tip, path, question, act }: SureButton): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const made = button({ icon: path, label, tip, look: 'quiet' }, () => {
    const isSure = 'asked' in made.dataset;
    ask(!isSure);
    if (isSure) act();
  });
  function ask(on: boolean) {
    clearTimeout(timer);
    if (on) timer = setTimeout(() => ask(false), ASK_MS);
    made.toggleAttribute('data-asked', on);
    made.classList.toggle('icon', !on);
    made.replaceChildren(on ? question : icon(path));
    made.setAttribute('aria-label', on ? `${question} ${label}` : label);
  }
  return made;
}
