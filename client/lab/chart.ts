import type { Appearance } from '../theme/theme.ts';
import { pointIn } from '../theme/zoom.ts';
import { createSharpCanvas } from '../ui/canvas.ts';
import { el } from '../ui/dom.ts';

export interface LabLine {
  label: string;
  color: string;
  points: readonly (readonly [x: number, y: number])[];
  dashed?: boolean;
}

export interface LabChartInput {
  x: readonly [number, number];
  y: readonly [number, number];
  /** Each mark one decade: for what falls by factors. Values below the range are drawn at its edge. */
  isLog?: boolean;
  lines: readonly LabLine[];
  /** The x that the rest of the page shows. */
  cursor?: number;
  /** Beyond it lies what training never did. */
  trained?: number;
  formatY: (y: number) => string;
  formatX: (x: number) => string;
}

const LEFT = 38;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 18;

/** A small chart on a canvas, with its figures in words for those who do not see it. */
export function createLabChart(
  label: string,
  appearance: Pick<Appearance, 'theme' | 'onChange'>,
  onPick?: (x: number) => void,
) {
  let input: LabChartInput | undefined;
  const canvas = createSharpCanvas(draw);
  canvas.element.setAttribute('role', 'img');
  canvas.element.setAttribute('aria-label', label);
  const legend = el('ul', { class: 'lab-legend' });
  const element = el('figure', { class: 'lab-chart' }, el('figcaption', { text: label }), legend);
  element.append(canvas.element);
  appearance.onChange(draw);
  if (onPick) {
    const pick = (event: PointerEvent) => {
      if (!input) return;
      const share =
        (pointIn(canvas.element, event).x - LEFT) / (canvas.element.clientWidth - LEFT - RIGHT);
      const [from, to] = input.x;
      onPick(Math.round(from + Math.max(0, Math.min(1, share)) * (to - from)));
    };
    canvas.element.classList.add('pickable');
    canvas.element.addEventListener('pointerdown', pick);
    canvas.element.addEventListener('pointermove', (event) => {
      if (event.buttons & 1) pick(event);
    });
  }

  function draw(): void {
    const surface = input && canvas.begin();
    if (!input || !surface) return;
    const { context, width, height } = surface;
    const theme = appearance.theme();
    const { x, y, isLog = false, lines, cursor, trained } = input;
    const scale = (value: number) => (isLog ? Math.log10(Math.max(value, y[0])) : value);
    const [low, high] = [scale(y[0]), scale(y[1])];
    const toX = (value: number) =>
      LEFT + ((value - x[0]) / Math.max(1e-9, x[1] - x[0])) * (width - LEFT - RIGHT);
    const toY = (value: number) => {
      const share = (Math.min(high, scale(value)) - low) / (high - low);
      return height - BOTTOM - share * (height - TOP - BOTTOM);
    };
    if (trained !== undefined && trained < x[1]) {
      context.fillStyle = theme.line;
      context.globalAlpha = 0.45;
      context.fillRect(toX(trained), TOP, width - RIGHT - toX(trained), height - TOP - BOTTOM);
      context.globalAlpha = 1;
    }
    context.font = `10.5px ${theme.font}`;
    context.lineWidth = 1;
    context.strokeStyle = theme.line;
    context.fillStyle = theme.muted;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const value of marks(y, isLog)) {
      const at = Math.round(toY(value)) + 0.5;
      context.beginPath();
      context.moveTo(LEFT, at);
      context.lineTo(width - RIGHT, at);
      context.stroke();
      context.fillText(input.formatY(value), LEFT - 5, at);
    }
    context.textBaseline = 'alphabetic';
    const middle = trained !== undefined && trained < x[1] ? trained : (x[0] + x[1]) / 2;
    for (const value of [x[0], middle, x[1]]) {
      context.textAlign = value === x[0] ? 'left' : value === x[1] ? 'right' : 'center';
      context.fillText(input.formatX(value), toX(value), height - 4);
    }
    if (cursor !== undefined) {
      context.strokeStyle = theme.ink;
      context.beginPath();
      context.moveTo(Math.round(toX(cursor)) + 0.5, TOP);
      context.lineTo(Math.round(toX(cursor)) + 0.5, height - BOTTOM);
      context.stroke();
    }
    for (const { points, color, dashed } of lines) {
      context.strokeStyle = color;
      context.fillStyle = color;
      context.lineWidth = 2;
      context.lineJoin = 'round';
      context.setLineDash(dashed ? [4, 3] : []);
      context.beginPath();
      for (const [i, [px, py]] of points.entries())
        if (i === 0) context.moveTo(toX(px), toY(py));
        else context.lineTo(toX(px), toY(py));
      context.stroke();
      context.setLineDash([]);
      if (points.length > 24) continue;
      for (const [px, py] of points) {
        context.beginPath();
        context.arc(toX(px), toY(py), 2.2, 0, 7);
        context.fill();
      }
    }
  }

  return {
    element,
    draw(next: LabChartInput) {
      input = next;
      const texts = next.lines.map(({ label: name, points }) => {
        const shown =
          next.cursor === undefined ? points.at(-1) : points.find(([x]) => x === next.cursor);
        return { name, value: shown ? next.formatY(shown[1]) : '–' };
      });
      legend.replaceChildren(
        ...next.lines.map(({ color, dashed }, i) =>
          el(
            'li',
            {},
            swatch(color, dashed ?? false),
            `${texts[i]?.name} `,
            el('b', { text: texts[i]?.value ?? '' }),
          ),
        ),
      );
      const words = texts.map(({ name, value }) => `${name} ${value}`).join(', ');
      canvas.element.setAttribute('aria-label', `${label}: ${words}`);
      draw();
    },
  };
}
export type LabChart = ReturnType<typeof createLabChart>;

function swatch(color: string, dashed: boolean): HTMLElement {
  const mark = el('i', { 'aria-hidden': 'true' });
  mark.style.borderTop = `3px ${dashed ? 'dashed' : 'solid'} ${color}`;
  return mark;
}

function marks([low, high]: readonly [number, number], isLog: boolean): number[] {
  if (!isLog) return [low, (low + high) / 2, high];
  const found: number[] = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high) + 1e-9; power++)
    found.push(10 ** power);
  return found.length > 4 ? found.filter((_, i) => i % 2 === 0) : found;
}
