import type { StoreEvent } from './events.ts';
import { reduce } from './reduce.ts';
import { initialState, type State } from './state.ts';

export type Selector<T> = (state: State) => T;

/** Holds the one state, applies events to it, and tells listeners once per flush what changed. */
export interface Store {
  get(): State;
  dispatch(event: StoreEvent): void;
  /**
   * Calls `listener` with the selected value now, and again at each flush at which it changed
   * (`Object.is`, so selectors must return kept values). Returns the way to stop.
   */
  watch<T>(selector: Selector<T>, listener: (value: T, state: State) => void): () => void;
  /** Tells the listeners. Called once per animation frame, however many events came in. */
  flush(): void;
}

export function createStore(start: State = initialState()): Store {
  let state = start;
  let told = start;
  const watchers = new Set<() => void>();
  return {
    get: () => state,
    dispatch(event) {
      state = reduce(state, event);
    },
    watch(selector, listener) {
      let value = selector(state);
      listener(value, state);
      const check = () => {
        const next = selector(state);
        if (Object.is(next, value)) return;
        value = next;
        listener(value, state);
      };
      watchers.add(check);
      return () => watchers.delete(check);
    },
    flush() {
      if (told === state) return;
      told = state;
      for (const check of [...watchers]) check();
    },
  };
}
