import { at } from '../../../shared/indexing.ts';
import type { SettingsChange } from '../../../shared/protocol.ts';
import { describeChange } from '../../selectors/changes.ts';
import type { Theme } from '../../theme/theme.ts';
import { throttled } from '../../theme/throttle.ts';
import { pointIn } from '../../theme/zoom.ts';
import { createSharpCanvas } from '../../ui/canvas.ts';
import { el } from '../../ui/dom.ts';
import { type ChartEvents, installChartKeys } from './chartKeys.ts';
import type { MetricCurve, ReferenceLine } from './learning.ts';
import { paddedRange, ticks } from './scale.ts';
import { nearest, pointsOf, smooth, spanFor } from './smooth.ts';

export interface ChartLine {
  label: string;
  color: string;
  curve: MetricCurve;
  /** Measured rarely: its points are drawn as they are, joined, without smoothing. */
  exact?: boolean;
  /** Of another run than the one watched. */
  dashed?: boolean;
  /** Interval around it, at the same x. */
  band?: { low: MetricCurve; high: MetricCurve };
}

export interface ChartInput {
  theme: Theme;
  x: [number, number];
  /** Fixed range of y; else it follows the values. */
  y?: [number, number];
  lines: readonly ChartLine[];
  /** Values of scripted policies, drawn across. */
  references: readonly ReferenceLine[];
  changes: readonly PlacedChange[];
  /** Where the episode on the stage ended. */
  marker: number | undefined;
  format: (value: number) => string;
  formatX: (x: number) => string;
  /** Follows an x that is read out. */
  unitX: string;
  /** Position of the pointer in x units, shared by all charts. */
  hover: number | undefined;
  /** Whether the pointer is over this chart: only then it spells its values out. */
  active: boolean;
  /** Episodes that can be shown, as marks along the axis. */
  episodes?: readonly PlacedEpisode[];
}

/** Where an episode ended on the chart's axis, and whether its mission was done. */
export interface PlacedEpisode {
  x: number;
  success: boolean;
  steps: number;
}

/** A change of settings and where it lies on the chart's axis. */
export interface PlacedChange {
  x: number;
  change: SettingsChange;
}

export interface LineChart {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  draw(input: ChartInput): void;
  /** Where an x of the newest drawing lies, and between which edges, in pixels. */
  place(x: number): { at: number; from: number; to: number };
}

const LEFT = 34;
const RIGHT = 6;
/** While the pointer is dragged along the chart, something is chosen this often at most. */
const SCRUB_MS = 120;
const TOP = 6;
const BOTTOM = 16;
/** A change is read out when the pointer is this near to its tick. */
const NEAR_PX = 5;

/** A chart of curves over the course of a run. */
export function createLineChart(label: string, events: ChartEvents): LineChart {
  const { onHover, onPick } = events;
  let input: ChartInput | undefined;
  const canvas = createSharpCanvas(() => input && draw(input));
  canvas.element.setAttribute('role', 'slider');
  canvas.element.setAttribute('aria-label', label);
  canvas.element.tabIndex = 0;
  installChartKeys(canvas.element, () => input, events);
  const readout = el('div', { class: 'readout-box', hidden: true });
  const element = el('div', { class: 'plot' }, canvas.element, readout);

  const xAt = (event: MouseEvent, { x }: ChartInput) => {
    const at = pointIn(canvas.element, event).x;
    const width = canvas.element.clientWidth - LEFT - RIGHT;
    return x[0] + Math.min(1, Math.max(0, (at - LEFT) / width)) * (x[1] - x[0]);
  };
  let scrubbedTo = 0;
  const scrub = throttled(SCRUB_MS, () => onPick(scrubbedTo));
  const pick = (event: MouseEvent) => {
    if (!input) return;
    scrubbedTo = xAt(event, input);
    scrub();
  };
  canvas.element.addEventListener('pointerdown', (event) => {
    if (event.button === 0) canvas.element.setPointerCapture(event.pointerId);
  });
  canvas.element.addEventListener('pointermove', (event) => {
    if (!input) return;
    onHover(xAt(event, input));
    if (event.buttons & 1) pick(event);
  });
  canvas.element.addEventListener('click', pick);
  canvas.element.addEventListener('pointerleave', () => onHover(undefined));
  // After a click, keys keep their usual meaning on the page.
  canvas.element.addEventListener('mousedown', (event) => event.preventDefault());

  function draw(next: ChartInput): void {
    input = next;
    const surface = canvas.begin();
    if (!surface) return;
    const { context, width, height } = surface;
    const { theme, lines, changes, hover } = next;
    const y =
      next.y ??
      paddedRange([
        ...lines.flatMap((line) => line.curve.y),
        ...next.references.map(({ value }) => value),
      ]);
    const toX = (value: number) =>
      LEFT + ((value - next.x[0]) / (next.x[1] - next.x[0])) * (width - LEFT - RIGHT);
    const toY = (value: number) =>
      height - BOTTOM - ((value - y[0]) / (y[1] - y[0])) * (height - TOP - BOTTOM);
    context.font = `11px ${theme.font}`;
    drawGrid(context, next, y, toX, toY, width, height);
    drawReferences(context, next, toY, width);
    drawEpisodes(context, next, toX, height);
    drawMarker(context, next, toX, height);
    drawChanges(context, changes, theme, toX, height);
    for (const line of lines) drawLine(context, line, toX, toY);
    nameReferences(context, next, toY, width);
    drawHover(context, next, toX, toY, width, height);
    showReadout(readout, next, hover, toX, width);
    const last = lines[0]?.curve.y.at(-1);
    const now = last === undefined ? 'nothing measured yet' : `now ${next.format(last)}`;
    const told = [...readout.children].map((line) => line.textContent).join(', ');
    for (const [name, value] of Object.entries({
      'aria-valuemin': next.x[0],
      'aria-valuemax': next.x[1],
      'aria-valuenow': hover ?? next.x[1],
      'aria-valuetext': readout.hidden ? now : told,
    })) {
      canvas.element.setAttribute(name, String(value));
    }
  }

  const place = (x: number) => {
    const [from, to] = [LEFT, canvas.element.clientWidth - RIGHT];
    const [least, most] = input?.x ?? [0, 1];
    return { at: from + ((x - least) / (most - least)) * (to - from), from, to };
  };
  return { element, canvas: canvas.element, draw, place };
}

type ToPixel = (value: number) => number;

function drawGrid(
  context: CanvasRenderingContext2D,
  input: ChartInput,
  y: [number, number],
  toX: ToPixel,
  toY: ToPixel,
  width: number,
  height: number,
): void {
  const { theme } = input;
  context.lineWidth = 1;
  context.strokeStyle = theme.line;
  context.fillStyle = theme.muted;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const value of ticks(y[0], y[1], 3)) {
    const at = Math.round(toY(value)) + 0.5;
    context.beginPath();
    context.moveTo(LEFT, at);
    context.lineTo(width - RIGHT, at);
    context.stroke();
    context.fillText(input.format(value), LEFT - 5, at, LEFT - 5);
  }
  context.textBaseline = 'alphabetic';
  const xs = ticks(input.x[0], input.x[1], width > 240 ? 4 : 2);
  for (const value of xs) {
    const at = toX(value);
    context.textAlign = at > width - 24 ? 'right' : at < LEFT + 8 ? 'left' : 'center';
    context.fillText(input.formatX(value), Math.min(at, width - 2), height - 3);
  }
}

/** Dashed lines: what the scripted expert and random actions reach. */
function drawReferences(
  context: CanvasRenderingContext2D,
  { references, theme }: ChartInput,
  toY: ToPixel,
  width: number,
): void {
  context.lineWidth = 1;
  context.setLineDash([5, 4]);
  for (const { kind, value } of references) {
    const at = Math.round(toY(value)) + 0.5;
    context.strokeStyle = kind === 'expert' ? theme.good : theme.faint;
    context.beginPath();
    context.moveTo(LEFT, at);
    context.lineTo(width - RIGHT, at);
    context.stroke();
  }
  context.setLineDash([]);
}

/** Their names, on a background that hides the curves behind them. */
function nameReferences(
  context: CanvasRenderingContext2D,
  { references, theme }: ChartInput,
  toY: ToPixel,
  width: number,
): void {
  context.textAlign = 'right';
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.strokeStyle = theme.panel;
  for (const { kind, label, value } of references) {
    const at = Math.round(toY(value)) + 0.5;
    // Below the line near the upper edge, else above it.
    const place = [width - RIGHT - 2, at < TOP + 14 ? at + 12 : at - 5] as const;
    context.strokeText(label, ...place);
    context.fillStyle = kind === 'expert' ? theme.good : theme.muted;
    context.fillText(label, ...place);
  }
}

/** A mark on the axis for each episode that can be shown, in colour where its mission was done. */
function drawEpisodes(
  context: CanvasRenderingContext2D,
  { episodes = [], theme }: ChartInput,
  toX: ToPixel,
  height: number,
): void {
  for (const { x, success } of episodes) {
    context.fillStyle = success ? theme.good : theme.faint;
    context.fillRect(Math.round(toX(x)), height - BOTTOM - 4, 1, 5);
  }
}

/** A small triangle on the axis: the episode on the stage. */
function drawMarker(
  context: CanvasRenderingContext2D,
  { marker, theme }: ChartInput,
  toX: ToPixel,
  height: number,
): void {
  if (marker === undefined) return;
  const at = toX(marker);
  context.fillStyle = theme.ink;
  context.beginPath();
  context.moveTo(at, height - BOTTOM - 6);
  context.lineTo(at + 4.5, height - BOTTOM + 1);
  context.lineTo(at - 4.5, height - BOTTOM + 1);
  context.fill();
}

function drawChanges(
  context: CanvasRenderingContext2D,
  changes: readonly PlacedChange[],
  theme: Theme,
  toX: ToPixel,
  height: number,
): void {
  context.strokeStyle = theme.muted;
  context.fillStyle = theme.muted;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const change of changes) {
    const at = Math.round(toX(change.x)) + 0.5;
    context.beginPath();
    context.moveTo(at, TOP);
    context.lineTo(at, height - BOTTOM);
    context.stroke();
  }
  context.setLineDash([]);
  for (const change of changes) {
    const at = toX(change.x);
    context.beginPath();
    context.moveTo(at - 4, 0);
    context.lineTo(at + 4, 0);
    context.lineTo(at, 6);
    context.fill();
  }
}

function drawLine(
  context: CanvasRenderingContext2D,
  line: ChartLine,
  toX: ToPixel,
  toY: ToPixel,
): void {
  const { curve, color } = line;
  if (line.band) {
    context.fillStyle = color;
    context.globalAlpha = 0.16;
    context.beginPath();
    const { low, high } = line.band;
    trace(context, high.x, high.y, toX, toY);
    for (const [x, y] of pointsOf(low).reverse()) context.lineTo(toX(x), toY(y));
    context.fill();
  }
  context.strokeStyle = color;
  context.lineJoin = 'round';
  if (!line.exact && !line.dashed) {
    context.globalAlpha = 0.3;
    context.lineWidth = 1;
    context.beginPath();
    trace(context, curve.x, curve.y, toX, toY);
    context.stroke();
  }
  context.globalAlpha = 1;
  context.lineWidth = line.dashed ? 1.5 : 2;
  context.setLineDash(line.dashed ? [6, 4] : []);
  context.beginPath();
  trace(context, curve.x, line.exact ? curve.y : smooth(curve, spanFor(curve)), toX, toY);
  context.stroke();
  context.setLineDash([]);
  if (line.exact || curve.x.length === 1) {
    context.fillStyle = color;
    // Dots tell where it was measured, as long as there are few.
    if (curve.x.length <= 40) {
      for (const [x, y] of pointsOf(curve)) {
        context.beginPath();
        context.arc(toX(x), toY(y), 2.2, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }
}

function trace(
  context: CanvasRenderingContext2D,
  x: readonly number[],
  y: readonly number[],
  toX: ToPixel,
  toY: ToPixel,
): void {
  // The first `lineTo` of a path begins it.
  for (const [px, py] of pointsOf({ x, y })) context.lineTo(toX(px), toY(py));
}

function drawHover(
  context: CanvasRenderingContext2D,
  input: ChartInput,
  toX: ToPixel,
  toY: ToPixel,
  width: number,
  height: number,
): void {
  if (input.hover === undefined) return;
  const left = Math.min(width - RIGHT, Math.max(LEFT, toX(input.hover)));
  context.strokeStyle = input.theme.ink;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, TOP);
  context.lineTo(left, height - BOTTOM);
  context.stroke();
  context.globalAlpha = 1;
  for (const line of input.lines) {
    const i = nearest(line.curve.x, input.hover);
    if (i < 0) continue;
    context.fillStyle = line.color;
    context.beginPath();
    context.arc(toX(at(line.curve.x, i)), toY(at(line.curve.y, i)), 3, 0, 2 * Math.PI);
    context.fill();
  }
}

function showReadout(
  box: HTMLElement,
  input: ChartInput,
  hover: number | undefined,
  toX: ToPixel,
  width: number,
): void {
  box.hidden =
    hover === undefined || !input.active || input.lines.every((line) => line.curve.x.length === 0);
  if (box.hidden || hover === undefined) return;
  const rows = input.lines.flatMap((line) => {
    const i = nearest(line.curve.x, hover);
    return i < 0 ? [] : [`${line.label} ${input.format(at(line.curve.y, i))}`];
  });
  const near = input.changes.filter(({ x }) => Math.abs(toX(x) - toX(hover)) <= NEAR_PX);
  const place = `${input.formatX(hover)} ${input.unitX}`.trim();
  const lines = input.references.map(({ label, value }) => `${label} ${input.format(value)}`);
  box.replaceChildren(
    ...[place, ...rows, ...lines, ...near.map(({ change }) => describeChange(change))].map((text) =>
      el('div', { text }),
    ),
  );
  const nearestEpisode = closest(input.episodes ?? [], hover);
  if (nearestEpisode) {
    const { x, success, steps } = nearestEpisode;
    const fate = success ? `done in ${steps} steps` : `not done in ${steps} steps`;
    box.append(
      el('div', { class: 'pick', text: `Click: episode of ${input.formatX(x)}, ${fate}` }),
    );
  }
  const right = toX(hover) > width / 2;
  box.style.left = right ? 'auto' : `${toX(hover) + 8}px`;
  box.style.right = right ? `${width - toX(hover) + 8}px` : 'auto';
}

function closest(episodes: readonly PlacedEpisode[], x: number): PlacedEpisode | undefined {
  let best: PlacedEpisode | undefined;
  for (const one of episodes) if (!best || Math.abs(one.x - x) < Math.abs(best.x - x)) best = one;
  return best;
}
