import { at } from '../../../shared/indexing.ts';
import type { Theme } from '../../theme/theme.ts';
import type { ChartInput, ChartLine, PlacedChange } from './chartInput.ts';
import { ticks } from './scale.ts';
import { nearest, pointsOf, smooth, spanFor } from './smooth.ts';

/** Free pixels around the curves. */
export const LEFT = 34;
export const RIGHT = 6;
export const TOP = 6;
export const BOTTOM = 16;

export type ToPixel = (value: number) => number;

export function drawGrid(
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
export function drawReferences(
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
export function nameReferences(
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
export function drawEpisodes(
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
export function drawMarker(
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

export function drawChanges(
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

export function drawLine(
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

export function drawHover(
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
