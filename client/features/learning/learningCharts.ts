import { METRIC_IDS, METRICS, type MetricId } from '../../../shared/metrics.ts';
import { metricTip } from '../../selectors/run.ts';
import { CHART_AXES, type ChartAxis } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import type { Appearance } from '../../theme/theme.ts';
import { button } from '../../ui/button.ts';
import { el } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { AXES, type CurveBoard, createBoard } from './curves.ts';
import { createSetbackNotice } from './setbackNotice.ts';

const FIRST: readonly MetricId[] = ['success', 'return', 'length'];
/** Drawn as the band of another metric. */
const BOUNDS: readonly MetricId[] = ['evalLow', 'evalHigh'];

export interface ChartCommands {
  chooseMetric(id: string): void;
  chooseChartAxis(axis: ChartAxis): void;
  showEpisode(id: string): void;
  pictureOf(id: string): Promise<string | undefined>;
}

/** The learning curves. */
export interface LearningCharts {
  /** Success over the whole run, large. */
  main: HTMLElement;
  /** Return, length and one of choice. */
  element: HTMLElement;
  /** Opens all curves. */
  all: HTMLElement;
}

/** Success with the held-out test, return, length, and one of choice; all others in an overlay. */
export function createLearningCharts(
  store: Store,
  appearance: Appearance,
  commands: ChartCommands,
): LearningCharts {
  const element = el('div', { class: 'charts', id: 'charts' });
  const main = el('div', { class: 'main-curve', id: 'main-curve' });
  const board = createBoard({
    store,
    appearance,
    showEpisode: commands.showEpisode,
    pictureOf: commands.pictureOf,
    isVisible: () => element.isConnected,
  });
  const chosen = () => store.get().view.extraMetric as MetricId;
  const select = metricSelect(chosen(), commands.chooseMetric);
  main.append(successPlot(board, 'milestones'));
  element.append(
    board.plot('', () => 'return', [name('return')]),
    board.plot('', () => 'length', [name('length')]),
    board.plot('wide', chosen, [select]),
  );
  store.watch(
    (state) => state.changes,
    (changes) => {
      main.dataset.changes = String(changes.length);
    },
  );
  store.watch(
    (state) => state.view.extraMetric,
    (id) => {
      select.value = id;
      select.dataset.tip = metricTip(id as MetricId);
    },
  );
  const open = createAllCurves(store, appearance, commands);
  const all = button(
    {
      id: 'all-curves-button',
      icon: ICONS.expand,
      label: 'All curves',
      look: 'quiet',
      tip: 'All curves: every metric of the run, large',
    },
    open,
  );
  element.prepend(axisChoice(store, commands.chooseChartAxis), createSetbackNotice(store));
  return { main, element, all };
}

function successPlot(board: CurveBoard, marks?: 'milestones'): HTMLElement {
  return board.plot(
    'first wide',
    () => 'success',
    [
      name('success'),
      key('training', '--env', metricTip('success')),
      key('held out', '--held-out', metricTip('evalSuccess')),
    ],
    marks,
  );
}

/** An overlay with every metric, by group. Returns how to open it. */
function createAllCurves(
  store: Store,
  appearance: Appearance,
  commands: ChartCommands,
): () => void {
  const dialog = el('dialog', {
    class: 'help curves',
    id: 'all-curves',
    'aria-labelledby': 'all-curves-title',
  });
  const board = createBoard({
    store,
    appearance,
    showEpisode(id) {
      commands.showEpisode(id);
      dialog.close();
    },
    pictureOf: commands.pictureOf,
    isVisible: () => dialog.open,
  });
  const groups = Object.entries(GROUP_LABELS).map(([group, label]) => {
    const ids = METRIC_IDS.filter((id) => METRICS[id].group === group && !BOUNDS.includes(id));
    const plots = ids
      .filter((id) => id !== 'evalSuccess')
      .map((id) => (id === 'success' ? successPlot(board) : board.plot('', () => id, [name(id)])));
    return plots.length > 0
      ? el('section', {}, el('h3', { text: label }), el('div', { class: 'grid' }, ...plots))
      : undefined;
  });
  dialog.append(
    el(
      'header',
      {},
      el('h2', { id: 'all-curves-title', text: 'All curves' }),
      axisChoice(store, commands.chooseChartAxis),
      el('form', { method: 'dialog' }, el('button', { class: 'button', text: 'Close' })),
    ),
    ...groups.filter((group) => group !== undefined),
  );
  document.body.append(dialog);
  return () => {
    if (dialog.open) return;
    dialog.showModal();
    board.draw();
  };
}

/** Steps, episodes or time: one choice for all charts. */
function axisChoice(store: Store, choose: (axis: ChartAxis) => void): HTMLElement {
  const buttons = CHART_AXES.map((axis) =>
    el('button', {
      type: 'button',
      text: AXES[axis].label,
      tip: AXES[axis].tip,
      'data-axis': axis,
      on: { click: () => choose(axis) },
    }),
  );
  store.watch(
    (state) => state.view.chartAxis,
    (chosen) => {
      for (const button of buttons) {
        button.setAttribute('aria-pressed', String(button.dataset.axis === chosen));
      }
    },
  );
  return el('div', { class: 'segments', role: 'group', 'aria-label': 'Curves over' }, ...buttons);
}

function name(id: MetricId): HTMLElement {
  return el('span', { class: 'name', text: METRICS[id].label, tip: metricTip(id) });
}

function key(text: string, variable: string, tip: string): HTMLElement {
  const element = el('span', { class: 'key', text, tip });
  element.style.setProperty('--key', `var(${variable})`);
  return element;
}

const GROUP_LABELS: Record<string, string> = {
  outcome: 'Outcome',
  'held-out': 'Held out',
  planner: 'Planner',
  learning: 'Learning',
  speed: 'Speed',
};

function metricSelect(chosen: MetricId, choose: (id: string) => void): HTMLSelectElement {
  const select = el('select', { 'aria-label': 'Metric of this chart' });
  for (const [group, label] of Object.entries(GROUP_LABELS)) {
    const ids = METRIC_IDS.filter((id) => METRICS[id].group === group && !FIRST.includes(id));
    if (ids.length === 0) continue;
    select.append(
      el(
        'optgroup',
        { label },
        ...ids.map((id) => el('option', { value: id, text: METRICS[id].label })),
      ),
    );
  }
  select.value = chosen;
  select.addEventListener('change', () => choose(select.value));
  return select;
}
