import { type Orbit, orbits } from '../../selectors/mind.ts';
import { currentStep } from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Store } from '../../store/store.ts';
import type { Appearance, Theme } from '../../theme/theme.ts';
import { createSharpCanvas } from '../../ui/canvas.ts';
import { el, setText } from '../../ui/dom.ts';

const MARGIN = 10;
/** Steps before the present one that are drawn strongly. */
const RECENT = 12;

type ToPixel = (point: readonly [number, number]) => [number, number];

/**
 * The ways of z_H and z_L through the planes of their two principal components. Each step is a point;
 * where the Planner replans, the way of z_H is drawn as a jump.
 */
export function createPlanes(
  store: Store,
  appearance: Appearance,
): { element: HTMLElement; draw(): void } {
  const planner = makePlane(
    'Planner z_H',
    'planner',
    'Where the Planner’s state is, in the plane of its two strongest components. It stands still while a goal is kept; a jump (bold) is a replan.',
  );
  const doer = makePlane(
    'Doer z_L',
    'doer',
    'Where the Doer’s state is, in the plane of its two strongest components. It moves at every step.',
  );
  const missing = el('p', { class: 'empty', hidden: true });
  const element = el('div', { class: 'planes' }, planner.element, doer.element, missing);
  let drawn: unknown[] = [];
  const redraw = () => {
    drawn = [];
  };
  appearance.onChange(redraw);
  new ResizeObserver(redraw).observe(element);
  return {
    element,
    draw() {
      const state = store.get();
      const step = currentStep(state);
      const inputs = [state.episode, step];
      if (inputs.every((value, i) => value === drawn[i]) && drawn.length > 0) return;
      drawn = inputs;
      const ways = state.episode && orbits(state.episode);
      planner.element.hidden = doer.element.hidden = !ways;
      missing.hidden = ways !== undefined;
      setText(missing, state.episode ? missingText(state.episode) : '');
      if (!ways || !state.episode) return;
      const { replans } = state.episode.replay.mind ?? { replans: [] };
      planner.show(ways.h, step, (at) => replans[at] === 1, appearance.theme());
      doer.show(ways.l, step, () => false, appearance.theme());
    },
  };
}

function missingText({ replay, origin }: EpisodeView): string {
  if (replay.mind) return 'The planes are fitted once the first episodes have been played.';
  return origin.kind === 'person'
    ? 'You play: there is no state to draw.'
    : 'Played by a script: there is no state to draw.';
}

function makePlane(title: string, kind: 'planner' | 'doer', tip: string) {
  const canvas = createSharpCanvas(() => redraw());
  canvas.element.setAttribute('role', 'img');
  const share = el('span', { class: 'share' });
  const element = el(
    'figure',
    { class: `plane ${kind}`, tip },
    el('figcaption', {}, el('b', { text: title }), share),
    canvas.element,
  );
  let last: (() => void) | undefined;
  const redraw = () => last?.();

  function show(orbit: Orbit, step: number, jumps: (at: number) => boolean, theme: Theme): void {
    last = () => show(orbit, step, jumps, theme);
    setText(share, orbit.share === undefined ? '' : `${Math.round(orbit.share * 100)} %`);
    share.dataset.tip =
      'Share of the state’s variance that these two components show. The rest moves out of sight.';
    const replans = orbit.points.filter((_, at) => at > 0 && at <= step && jumps(at)).length;
    canvas.element.setAttribute(
      'aria-label',
      `${title}: step ${step + 1} of ${orbit.points.length}${kind === 'planner' ? `, replans so far: ${replans}` : ''}`,
    );
    const surface = canvas.begin();
    if (!surface) return;
    const { context, width, height } = surface;
    const toPixel = fitPoints(orbit.points, width, height);
    const color = kind === 'planner' ? theme.planner : theme.doer;
    drawAxes(context, toPixel([0, 0]), width, height, theme);
    context.lineJoin = context.lineCap = 'round';
    drawAhead(context, orbit, step, toPixel, color);
    drawPast(context, orbit, step, toPixel, { color, jumps });
    const now = orbit.points[step];
    if (!now) return;
    const [x, y] = toPixel(now);
    context.globalAlpha = 1;
    context.fillStyle = color;
    context.strokeStyle = theme.panel;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }

  return { element, show };
}

/** Keeps the proportions of both axes: distances in the picture are distances in the plane. */
export function fitPoints(points: Orbit['points'], width: number, height: number): ToPixel {
  const range = (axis: 0 | 1) =>
    points.reduce(
      ([low, high], point) => [Math.min(low, point[axis]), Math.max(high, point[axis])],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
  const [left, right] = range(0);
  const [bottom, top] = range(1);
  const scale = Math.min(
    (width - 2 * MARGIN) / Math.max(right - left, 1e-3),
    (height - 2 * MARGIN) / Math.max(top - bottom, 1e-3),
  );
  const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
  return ([x, y]) => [width / 2 + (x - middleX) * scale, height / 2 - (y - middleY) * scale];
}

function drawAxes(
  context: CanvasRenderingContext2D,
  [x, y]: [number, number],
  width: number,
  height: number,
  theme: Theme,
): void {
  context.globalAlpha = 1;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, 0);
  context.lineTo(Math.round(x) + 0.5, height);
  context.moveTo(0, Math.round(y) + 0.5);
  context.lineTo(width, Math.round(y) + 0.5);
  context.stroke();
}

/** What is still to come, as faint points. */
function drawAhead(
  context: CanvasRenderingContext2D,
  { points }: Orbit,
  step: number,
  toPixel: ToPixel,
  color: string,
): void {
  context.fillStyle = color;
  context.globalAlpha = 0.22;
  context.beginPath();
  for (const point of points.slice(step + 1)) {
    const [x, y] = toPixel(point);
    context.moveTo(x + 1.5, y);
    context.arc(x, y, 1.5, 0, 2 * Math.PI);
  }
  context.fill();
}

function drawPast(
  context: CanvasRenderingContext2D,
  { points }: Orbit,
  step: number,
  toPixel: ToPixel,
  { color, jumps }: { color: string; jumps: (at: number) => boolean },
): void {
  context.strokeStyle = context.fillStyle = color;
  let before: readonly [number, number] | undefined;
  for (const [at, point] of points.slice(0, step + 1).entries()) {
    const age = step - at;
    context.globalAlpha = age < RECENT ? 0.95 - (0.65 * age) / RECENT : 0.28;
    const [x, y] = toPixel(point);
    const jump = jumps(at);
    if (before) {
      context.lineWidth = jump ? 2 : 1;
      context.beginPath();
      context.moveTo(...before);
      context.lineTo(x, y);
      context.stroke();
    }
    context.beginPath();
    context.arc(x, y, jump ? 3 : 1.8, 0, 2 * Math.PI);
    context.fill();
    before = [x, y];
  }
}
