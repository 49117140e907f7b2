import { describeChange } from '../../../shared/changeText.ts';
import { at } from '../../../shared/indexing.ts';
import { throttled } from '../../theme/throttle.ts';
import { pointIn } from '../../theme/zoom.ts';
import { createSharpCanvas } from '../../ui/canvas.ts';
import { el } from '../../ui/dom.ts';
import {
  BOTTOM,
  drawChanges,
  drawEpisodes,
  drawGrid,
  drawHover,
  drawLine,
  drawMarker,
  drawReferences,
  LEFT,
  nameReferences,
  RIGHT,
  TOP,
  type ToPixel,
} from './chartDrawing.ts';
import type { ChartInput, PlacedEpisode } from './chartInput.ts';
import { type ChartEvents, installChartKeys } from './chartKeys.ts';
import { paddedRange } from './scale.ts';
import { nearest } from './smooth.ts';

export interface LineChart {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  draw(input: ChartInput): void;
  /** Where an x of the newest drawing lies, and between which edges, in pixels. */
  place(x: number): { at: number; from: number; to: number };
}

/** While the pointer is dragged along the chart, something is chosen this often at most. */
const SCRUB_MS = 120;
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
