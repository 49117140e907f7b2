import { METRIC_IDS, METRICS, type MetricId } from '../../shared/metrics.ts';
import { metricCurve, stepsRange } from '../selectors/learning.ts';
import { metricTip } from '../selectors/run.ts';
import type { Store } from '../selectors/view.ts';
import { el, setText } from '../theme/dom.ts';
import { formatMetric } from '../theme/format.ts';
import type { Appearance, Theme } from '../theme/theme.ts';
import { throttled } from '../theme/throttle.ts';
import { type ChartLine, createLineChart, type LineChart } from './lineChart.ts';
import { nearest } from './smooth.ts';

/** Curves are drawn anew at most this often while measurements come in. */
const REDRAW_MS = 200;
const FIRST: readonly MetricId[] = ['success', 'return', 'length'];

interface Plot {
  chart: LineChart;
  element: HTMLElement;
  metric(): MetricId;
  now: HTMLElement;
}

/** The learning curves: success with the held-out test, return, length, and one of choice. */
export function createLearningCharts(
  store: Store,
  appearance: Appearance,
  chooseMetric: (id: string) => void,
): HTMLElement {
  let hover: number | undefined;
  let hovered: LineChart | undefined;

  const success = makePlot('first wide', () => 'success', [
    el('span', { class: 'name', text: 'Success', tip: metricTip('success') }),
    key('training', '--env', metricTip('success')),
    key('held out', '--held-out', metricTip('evalSuccess')),
  ]);
  const reward = makePlot('', () => 'return', [
    el('span', { class: 'name', text: 'Return', tip: metricTip('return') }),
  ]);
  const length = makePlot('', () => 'length', [
    el('span', { class: 'name', text: 'Episode length', tip: metricTip('length') }),
  ]);
  const chosen = () => store.get().view.extraMetric as MetricId;
  const select = metricSelect(chosen(), chooseMetric);
  const extra = makePlot('wide', chosen, [select]);
  const plots = [success, reward, length, extra];

  function makePlot(className: string, metric: () => MetricId, head: HTMLElement[]): Plot {
    const chart: LineChart = createLineChart(METRICS[metric()].label, (x) => {
      hover = x;
      hovered = x === undefined ? undefined : chart;
      drawAll();
    });
    const now = el('span', { class: 'now' });
    const element = el(
      'figure',
      { class: `chart ${className}` },
      el('figcaption', { class: 'head' }, ...head, now),
      chart.element,
    );
    return { chart, element, metric, now };
  }

  function drawAll() {
    const { series, changes } = store.get();
    const theme = appearance.theme();
    for (const plot of plots) {
      const id = plot.metric();
      const { unit } = METRICS[id];
      const lines = linesOf(store, id, theme);
      plot.chart.draw({
        theme,
        x: stepsRange(series.points),
        y: unit === 'share' && id !== 'explainedVariance' ? [0, 1] : undefined,
        lines,
        changes,
        format: (value) => formatMetric(value, unit),
        hover,
        active: plot.chart === hovered,
      });
      const { curve } = lines[0];
      const last = hover === undefined ? curve.y.at(-1) : curve.y[nearest(curve.x, hover)];
      setText(
        plot.now,
        last === undefined
          ? ''
          : `${formatMetric(last, unit)}${unit && unit !== 'share' && plot === extra ? ` ${unit}` : ''}`,
      );
    }
  }

  const element = el(
    'div',
    { class: 'charts', id: 'charts' },
    ...plots.map((plot) => plot.element),
  );
  const schedule = throttled(REDRAW_MS, drawAll);
  store.watch((state) => state.series, schedule);
  store.watch(
    (state) => state.changes,
    (changes) => {
      element.dataset.changes = String(changes.length);
      schedule();
    },
  );
  store.watch(
    (state) => state.view.extraMetric,
    (id) => {
      select.value = id;
      select.dataset.tip = metricTip(id as MetricId);
      schedule();
    },
  );
  appearance.onChange(drawAll);

  return element;
}

function linesOf(store: Store, id: MetricId, theme: Theme): ChartLine[] {
  const { points } = store.get().series;
  const line: ChartLine = {
    label: id === 'success' ? 'training' : METRICS[id].label,
    color: colorOf(id, theme),
    curve: metricCurve(points, id),
    exact: METRICS[id].group === 'held-out',
  };
  if (id !== 'success') return [line];
  const heldOut: ChartLine = {
    label: 'held out',
    color: theme.heldOut,
    curve: metricCurve(points, 'evalSuccess'),
    exact: true,
    band: { low: metricCurve(points, 'evalLow'), high: metricCurve(points, 'evalHigh') },
  };
  return [line, heldOut];
}

/** The Planner's measures in its colour, the Doer's in its own, the rest in the environment's. */
function colorOf(id: MetricId, theme: Theme): string {
  const { group } = METRICS[id];
  if (group === 'planner') return theme.planner;
  if (group === 'learning') return theme.doer;
  if (group === 'held-out') return theme.heldOut;
  return theme.env;
}

function key(text: string, variable: string, tip: string): HTMLElement {
  const element = el('span', { class: 'key', text, tip });
  element.style.setProperty('--key', `var(${variable})`);
  return element;
}

const GROUP_LABELS: Record<string, string> = {
  planner: 'Planner',
  learning: 'Learning',
  'held-out': 'Held out',
  speed: 'Speed',
};

function metricSelect(chosen: MetricId, choose: (id: string) => void): HTMLSelectElement {
  const select = el('select', { 'aria-label': 'Metric of this chart' });
  for (const [group, label] of Object.entries(GROUP_LABELS)) {
    const ids = METRIC_IDS.filter((id) => METRICS[id].group === group && !FIRST.includes(id));
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
