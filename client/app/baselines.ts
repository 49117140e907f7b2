import { baselinesOf } from '../replay/baselines.ts';
import { watchedRun } from '../selectors/run.ts';
import type { Baselines } from '../store/state.ts';
import type { Store } from '../store/store.ts';

/** Longest slice of work; a frame has 16 ms. */
const SLICE_MS = 3;
/** Wait between slices if the browser does not say when it is idle. */
const PAUSE_MS = 60;

/** Measures random actions and the expert on each watched level, in the page's idle time. */
export function measureBaselines(store: Store): void {
  let work: Generator<undefined, Baselines> | undefined;
  const later = (action: () => void) =>
    'requestIdleCallback' in window
      ? requestIdleCallback(action, { timeout: 1000 })
      : setTimeout(action, PAUSE_MS);

  store.watch(
    (state) => watchedRun(state)?.levelId,
    (levelId) => {
      work = undefined;
      if (levelId === undefined || store.get().baselines[levelId]) return;
      const own = baselinesOf(levelId);
      work = own;
      const go = () => {
        if (work !== own) return;
        const until = performance.now() + SLICE_MS;
        try {
          while (performance.now() < until) {
            const { done, value } = own.next();
            if (!done) continue;
            store.dispatch({ type: 'baselines', levelId, baselines: value });
            return;
          }
        } catch {
          // A level that this page does not know is drawn without lines to compare with.
          return;
        }
        later(go);
      };
      later(go);
    },
  );
}
