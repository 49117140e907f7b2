import { shortLevelId } from '../../selectors/levels.ts';
import { runList } from '../../selectors/run.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import type { Commands } from '../../ui/commands.ts';
import { el } from '../../ui/dom.ts';

/** Curves of a run that is still learning are asked for again this often. */
const REFRESH_MS = 15_000;

/** Chooses another run whose curves are drawn beside those of the watched one; hidden where there is none. */
export function createBesideChoice(store: Store, commands: Commands): HTMLElement {
  const select = el('select', {
    id: 'beside',
    'aria-label': 'Run whose curves are drawn beside',
    tip: 'Draws the curves of another run, dashed, over these.',
  });
  const element = el('label', { class: 'beside' }, 'Beside: ', select);
  select.addEventListener('change', () => commands.showBeside(select.value || undefined));

  const others = (state: State) => runList(state).filter(({ id }) => id !== state.runId);
  const render = () => {
    const state = store.get();
    const runs = others(state);
    element.hidden = runs.length === 0;
    select.replaceChildren(
      el('option', { value: '', text: 'no other run' }),
      ...runs.map((run) =>
        el('option', { value: run.id, text: run.name || shortLevelId(run.levelId) }),
      ),
    );
    const shown = state.beside?.runId;
    // The run that was drawn beside may have become the watched one.
    if (shown !== undefined && shown === state.runId) commands.showBeside(undefined);
    select.value = runs.some(({ id }) => id === shown) ? (shown ?? '') : '';
    element.dataset.points = String(state.beside?.series.points.length ?? 0);
  };
  store.watch(
    (state) =>
      others(state)
        .map(({ id, name }) => `${id} ${name}`)
        .join('|'),
    render,
  );
  store.watch((state) => state.beside, render);
  setInterval(() => {
    const { beside, runs } = store.get();
    if (beside && runs[beside.runId]?.status === 'running') commands.showBeside(beside.runId);
  }, REFRESH_MS);
  return element;
}
