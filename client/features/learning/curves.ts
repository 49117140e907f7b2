import { at } from '../../../shared/indexing.ts';
import { METRICS, type MetricId, type MetricPoint } from '../../../shared/metrics.ts';
import { metricTip, watchedRun } from '../../selectors/run.ts';
import { xOfSteps } from '../../selectors/when.ts';
import type { ChartAxis, State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatCount, formatMetric, formatSeconds } from '../../theme/format.ts';
import type { Appearance, Theme } from '../../theme/theme.ts';
import { throttled } from '../../theme/throttle.ts';
import { el, setText } from '../../ui/dom.ts';
import type { ChartLine } from './chartInput.ts';
import { axisRange, episodeNear, metricCurve, referenceLines, shownEpisodes } from './learning.ts';
import { createLineChart, type LineChart } from './lineChart.ts';
import {
  createMilestones,
  type MilestoneCommands,
  type MilestonesView,
  placeMilestones,
} from './milestones.ts';
import { nearest } from './smooth.ts';

/** Curves are drawn anew at most this often while measurements come in. */
const REDRAW_MS = 200;

export const AXES: Readonly<
  Record<ChartAxis, { label: string; tip: string; format: (x: number) => string }>
> = {
  envSteps: {
    label: 'Steps',
    tip: 'Over environment steps that were learned from.',
    format: formatCount,
  },
  episodes: { label: 'Episodes', tip: 'Over finished training episodes.', format: formatCount },
  seconds: {
    label: 'Time',
    tip: 'Over the time spent training; pauses are left out.',
    format: formatSeconds,
  },
};

interface Plot {
  chart: LineChart;
  metric(): MetricId;
  now: HTMLElement;
  milestones: MilestonesView | undefined;
}

/** Charts that share one pointer, one axis and one clock. */
export interface CurveBoard {
  /** A figure with a metric's curve below `head`. */
  plot(
    className: string,
    metric: () => MetricId,
    head: HTMLElement[],
    marks?: 'milestones',
  ): HTMLElement;
  /** Draws all of them now, without waiting for the next turn. */
  draw(): void;
}

export interface BoardOptions {
  store: Store;
  appearance: Appearance;
  showEpisode: (id: string) => void;
  pictureOf: MilestoneCommands['pictureOf'];
  /** Nothing is drawn while this is false. */
  isVisible: () => boolean;
}

export function createBoard(options: BoardOptions): CurveBoard {
  const { store, appearance, isVisible } = options;
  const plots: Plot[] = [];
  let hover: number | undefined;
  let hovered: LineChart | undefined;

  function draw(): void {
    if (!isVisible()) return;
    const state = store.get();
    const theme = appearance.theme();
    for (const plot of plots) drawPlot(plot, state, theme);
  }

  function drawPlot({ chart, metric, now, milestones }: Plot, state: State, theme: Theme): void {
    const id = metric();
    const { unit } = METRICS[id];
    const { chartAxis: axis } = state.view;
    const { points } = state.series;
    const run = watchedRun(state);
    const lines = linesOf(state, id, theme);
    const levelId = run?.levelId ?? '';
    chart.draw({
      theme,
      x: widest(axisRange(points, axis), state.beside?.series.points, axis),
      y: unit === 'share' && id !== 'explainedVariance' ? [0, 1] : undefined,
      lines,
      references: referenceLines(id, state.baselines[levelId], run?.rewards),
      changes: state.changes.map((change) => ({
        x: xOfSteps(points, change.envSteps, axis),
        change,
      })),
      marker: markerOf(state, axis),
      episodes: milestones && placedEpisodes(state, axis),
      format: (value) => formatMetric(value, unit),
      formatX: AXES[axis].format,
      unitX: axis === 'seconds' ? '' : AXES[axis].label.toLowerCase(),
      hover,
      active: chart === hovered,
    });
    const { curve } = at(lines, 0);
    const last = hover === undefined ? curve.y.at(-1) : curve.y[nearest(curve.x, hover)];
    if (milestones) drawMilestones(milestones, chart, state, axis);
    setText(now, last === undefined ? '' : formatMetric(last, unit));
    now.dataset.tip = metricTip(id);
  }

  const schedule = throttled(REDRAW_MS, draw);
  store.watch((state) => state.series, schedule);
  store.watch((state) => state.changes, schedule);
  store.watch((state) => state.beside, schedule);
  store.watch((state) => state.view, schedule);
  store.watch((state) => state.baselines, schedule);
  store.watch((state) => state.episode, schedule);
  store.watch((state) => state.moments, schedule);
  appearance.onChange(draw);

  return {
    draw,
    plot(className, metric, head, marks) {
      const chart: LineChart = createLineChart(METRICS[metric()].label, {
        onHover(x) {
          hover = x;
          hovered = x === undefined ? undefined : chart;
          draw();
        },
        onPick(x) {
          const state = store.get();
          const { series, view } = state;
          const near = episodeNear(shownEpisodes(state), series.points, x, view.chartAxis);
          if (near && near.id !== state.episode?.replay.id) options.showEpisode(near.id);
        },
      });
      const now = el('span', { class: 'now' });
      const milestones = marks && createMilestones(options);
      if (milestones) chart.element.append(milestones.element);
      plots.push({ chart, metric, now, milestones });
      return el(
        'figure',
        { class: `chart ${className}` },
        el('figcaption', { class: 'head' }, ...head, now),
        chart.element,
      );
    },
  };
}

function placedEpisodes(state: State, axis: ChartAxis) {
  const { points } = state.series;
  return shownEpisodes(state).map(({ envSteps, success, steps }) => ({
    ...{ x: xOfSteps(points, envSteps, axis), success, steps },
  }));
}

function drawMilestones(
  view: MilestonesView,
  chart: LineChart,
  { moments, series: { points } }: State,
  axis: ChartAxis,
): void {
  const places = moments
    .filter(({ milestone }) => milestone)
    .map((moment) => ({
      moment,
      x: chart.place(xOfSteps(points, moment.envSteps, axis)).at,
    }));
  const { from, to } = chart.place(0);
  view.draw(placeMilestones(places, from, to), ({ envSteps }) =>
    xOfSteps(points, envSteps, 'seconds'),
  );
}

/** Where the shown episode of the watched run ended. */
function markerOf({ episode, series }: State, axis: ChartAxis): number | undefined {
  if (episode?.origin.kind !== 'run') return undefined;
  return xOfSteps(series.points, episode.replay.source.envSteps, axis);
}

/** A range that also takes in what is drawn beside it. */
function widest(
  [from, to]: [number, number],
  points: readonly MetricPoint[] | undefined,
  axis: ChartAxis,
): [number, number] {
  return [from, Math.max(to, points ? axisRange(points, axis)[1] : 0)];
}

function linesOf(state: State, id: MetricId, theme: Theme): ChartLine[] {
  return [...ownLines(state, id, theme), ...linesBeside(state, id, theme)];
}

/** The same metric of the run that is drawn beside; for success its held-out test, where it has one. */
function linesBeside({ beside, runs, view }: State, id: MetricId, theme: Theme): ChartLine[] {
  if (!beside) return [];
  const { points } = beside.series;
  const heldOut = metricCurve(points, 'evalSuccess', view.chartAxis);
  const tested = id === 'success' && heldOut.x.length > 0;
  return [
    {
      label: `${runs[beside.runId]?.name ?? beside.runId}${tested ? ', held out' : ''}`,
      color: theme.ink,
      curve: tested ? heldOut : metricCurve(points, id, view.chartAxis),
      exact: tested || METRICS[id].group === 'held-out',
      dashed: true,
    },
  ];
}

function ownLines({ series, view }: State, id: MetricId, theme: Theme): ChartLine[] {
  const curve = (metric: MetricId) => metricCurve(series.points, metric, view.chartAxis);
  const line: ChartLine = {
    label: id === 'success' ? 'training' : METRICS[id].label,
    color: colorOf(id, theme),
    curve: curve(id),
    exact: METRICS[id].group === 'held-out',
  };
  if (id !== 'success') return [line];
  const heldOut: ChartLine = {
    label: 'held out',
    color: theme.heldOut,
    curve: curve('evalSuccess'),
    exact: true,
    band: { low: curve('evalLow'), high: curve('evalHigh') },
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
