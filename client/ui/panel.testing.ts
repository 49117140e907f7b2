import { afterEach, beforeEach, jest } from '@jest/globals';
import type { RunInfo } from '../../shared/protocol.ts';
import { createStore, type Store } from '../store/store.ts';

/** What panels asked for, in order: the command's name and what it was given. */
export type Asked = [name: string, ...given: unknown[]][];

/**
 * Commands that do nothing but write down that they were asked for. `refuse` makes the next ones reject.
 * The one cast: a proxy has every method without naming any.
 */
export function recordedCommands<C extends object>() {
  const asked: Asked = [];
  const refuse: { with?: Error } = {};
  const commands = new Proxy({} as C, {
    get:
      (_, name) =>
      (...given: unknown[]) => {
        asked.push([String(name), ...given]);
        return refuse.with ? Promise.reject(refuse.with) : Promise.resolve();
      },
  });
  return { commands, asked, refuse };
}

/** In each test of the file time stands still, unless it moves it on. */
export function holdTime(): void {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}

/** A store that is connected to a server and watches a run. */
export function watchingStore(run: RunInfo): Store {
  const store = createStore();
  store.dispatch({ type: 'connection', status: 'online' });
  store.dispatch({ type: 'watch', snapshot: { run, metrics: [], changes: [], episodes: [] } });
  return store;
}

/** The button in `root` with exactly these words on it, or with this name for assistive technology. */
export function buttonIn(root: ParentNode, name: string): HTMLButtonElement {
  const buttons = [...root.querySelectorAll('button')];
  const found = buttons.find(
    (one) => one.textContent?.trim() === name || one.getAttribute('aria-label') === name,
  );
  if (!found) {
    const there = buttons.map((one) => one.getAttribute('aria-label') ?? one.textContent);
    throw new Error(`no button “${name}”; there are: ${there.join(', ')}`);
  }
  return found;
}

/** The first element in `root` that matches. */
export function find<E extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): E {
  const found = root.querySelector<E>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}

/** The text of every element in `root` that matches, in order. */
export const textsOf = (root: ParentNode, selector: string): string[] =>
  [...root.querySelectorAll(selector)].map((one) => one.textContent ?? '');

/** Gives a form control a value, as a person would. */
export function enter(
  control: HTMLInputElement | HTMLSelectElement,
  value: string | number,
  event: 'input' | 'change' = 'change',
): void {
  control.value = String(value);
  control.dispatchEvent(new Event(event, { bubbles: true }));
}
