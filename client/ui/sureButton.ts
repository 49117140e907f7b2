import { el, icon } from './dom.ts';

/** For so long the question stands. */
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
  const button = el(
    'button',
    { class: 'button quiet icon', type: 'button', 'aria-label': label, tip },
    icon(path),
  );
  function ask(on: boolean) {
    clearTimeout(timer);
    if (on) timer = setTimeout(() => ask(false), ASK_MS);
    button.toggleAttribute('data-asked', on);
    button.classList.toggle('icon', !on);
    button.replaceChildren(on ? question : icon(path));
    button.setAttribute('aria-label', on ? `${question} ${label}` : label);
  }
  button.addEventListener('click', () => {
    const isSure = 'asked' in button.dataset;
    ask(!isSure);
    if (isSure) act();
  });
  return button;
}
