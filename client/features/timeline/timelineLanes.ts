import { at } from '../../../shared/indexing.ts';
import type { GoalSpan } from '../../selectors/goals.ts';
import { goalSpans } from '../../selectors/goals.ts';
import { rewardCurves } from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Loop } from '../../store/state.ts';
import type { Theme } from '../../theme/theme.ts';
import { ACTION_ICONS, EVENT_ICONS } from '../../ui/icons.ts';
import { type HappeningKind, happenings } from './happenings.ts';

export const LEFT = 58;
export const RIGHT = 8;
const GOALS = { top: 4, height: 24 };
const ACTIONS = { top: 34, height: 18 };
const EVENTS = { top: 55, height: 14 };
/** Takes what is left below. */
const CURVES = { top: 74, bottom: 6 };
/** Narrowest step that still gets its action as a drawing. */
const GLYPH_PX = 11;
/** Room for the tick of a goal that was reached. */
const TICK_PX = 16;

export type ToPixel = (step: number) => number;

/** What the lanes are drawn on and with. */
export interface LaneInput {
  context: CanvasRenderingContext2D;
  episode: EpisodeView;
  theme: Theme;
  toX: ToPixel;
  /** Of all lanes together. */
  height: number;
}

/** Names of the lanes, to the left of them. */
export function drawGutter(context: CanvasRenderingContext2D, theme: Theme, height: number): void {
  context.font = `11px ${theme.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const label = (text: string, y: number, color: string) => {
    context.fillStyle = color;
    context.fillText(text, 0, y);
  };
  label('Goals', GOALS.top + GOALS.height / 2, theme.planner);
  label('Actions', ACTIONS.top + ACTIONS.height / 2, theme.doer);
  label('Events', EVENTS.top + EVENTS.height / 2, theme.env);
  const room = height - CURVES.top - CURVES.bottom;
  label('Value', CURVES.top + 0.22 * room, theme.doer);
  label('Reward', CURVES.top + 0.75 * room, theme.env);
}

/** Goals as spans: filled with a tick where reached, hollow and hatched where dropped. */
export function drawGoals({ context, episode, theme, toX }: LaneInput): void {
  const spans = goalSpans(episode);
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.font = `600 11px ${theme.font}`;
  if (spans.length === 0) {
    context.fillStyle = theme.muted;
    context.fillText('no Planner in this episode', LEFT + 4, GOALS.top + GOALS.height / 2);
  }
  for (const span of spans) drawGoal(context, span, theme, toX);
}

const TICK = new Path2D(ACTION_ICONS.done);

function drawGoal(
  context: CanvasRenderingContext2D,
  span: GoalSpan,
  theme: Theme,
  toX: ToPixel,
): void {
  const left = toX(span.start);
  const width = Math.max(1, toX(span.end) - left - 1.5);
  const dropped = span.outcome === 'dropped';
  const outline = new Path2D();
  outline.roundRect(left, GOALS.top, width, GOALS.height, Math.min(4, width / 2));
  context.fillStyle = theme.planner;
  context.globalAlpha = !span.decided
    ? 0.07
    : dropped
      ? 0.16
      : span.outcome === 'reached'
        ? 0.92
        : 0.6;
  context.fill(outline);
  context.globalAlpha = 1;
  if ((dropped || !span.decided) && width > 3) {
    context.strokeStyle = theme.planner;
    context.lineWidth = 1;
    context.stroke(outline);
  }
  const ticked = span.decided && span.outcome === 'reached' && width >= TICK_PX;
  const color = dropped || !span.decided ? theme.ink : theme.panel;
  if (ticked) {
    context.save();
    context.translate(left + width - TICK_PX, GOALS.top + (GOALS.height - 12) / 2);
    context.scale(0.75, 0.75);
    context.strokeStyle = color;
    context.lineWidth = 2.4;
    context.stroke(TICK);
    context.restore();
  }
  const room = width - 10 - (ticked ? TICK_PX - 4 : 0);
  const text = wordsThatFit(context, span.label, room);
  context.fillStyle = color;
  context.fillText(text, left + 6, GOALS.top + GOALS.height / 2 + 0.5);
}

/** "open · closed red door", else "closed red door", else "red door": whole words that say the most. Nothing where none fit. */
function wordsThatFit(context: CanvasRenderingContext2D, label: string, room: number): string {
  const target = label.split(' · ').at(-1) ?? label;
  const noun = target.split(' ').slice(-2).join(' ');
  return [label, target, noun].find((text) => context.measureText(text).width <= room) ?? '';
}

export function drawActions(
  { context, episode, theme, toX }: LaneInput,
  glyphs: readonly Path2D[],
): void {
  const { actions } = episode.replay;
  const width = toX(1) - toX(0);
  context.strokeStyle = theme.doer;
  context.fillStyle = theme.doer;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  actions.forEach((action, step) => {
    if (width >= GLYPH_PX) {
      const size = Math.min(15, width - 1);
      context.save();
      context.translate(toX(step + 0.5) - size / 2, ACTIONS.top + (ACTIONS.height - size) / 2);
      context.scale(size / 16, size / 16);
      context.lineWidth = 1.8;
      context.stroke(at(glyphs, action));
      context.restore();
      return;
    }
    // Too narrow for drawings: height tells turning, walking and handling apart.
    const share = action <= 1 ? 0.35 : action === 2 ? 0.65 : 1;
    const height = ACTIONS.height * share;
    context.globalAlpha = share;
    context.fillRect(
      toX(step),
      ACTIONS.top + ACTIONS.height - height,
      Math.max(0.75, width - 0.5),
      height,
    );
    context.globalAlpha = 1;
  });
}

const EVENT_PX = 10;
const EVENT_SHAPES = Object.fromEntries(
  Object.entries(EVENT_ICONS).map(([kind, path]) => [kind, new Path2D(path)]),
) as Record<HappeningKind, Path2D>;

/** Events by sign: what was handled, what was bumped into. The rarer ones lie on top. */
export function drawEvents({ context, episode, theme, toX }: LaneInput): void {
  const middle = EVENTS.top + EVENTS.height / 2;
  const colors: Record<HappeningKind, string> = {
    pickup: theme.ink,
    drop: theme.ink,
    open: theme.ink,
    close: theme.ink,
    part: theme.good,
    bump: theme.bad,
    useless: theme.faint,
  };
  const all = [...happenings(episode)].sort((a, b) => weightOf(a.kind) - weightOf(b.kind));
  for (const { step, kind } of all) {
    context.save();
    context.translate(toX(step + 0.5) - EVENT_PX / 2, middle - EVENT_PX / 2);
    context.scale(EVENT_PX / 16, EVENT_PX / 16);
    context.fillStyle = colors[kind];
    context.fill(EVENT_SHAPES[kind], 'evenodd');
    context.restore();
  }
}

function weightOf(kind: HappeningKind): number {
  return kind === 'useless' ? 0 : kind === 'bump' ? 1 : 2;
}

/** Rewards as bars from a zero line, the value estimate as a curve, on one scale. */
export function drawCurves({ context, episode, theme, toX, height }: LaneInput): void {
  const { step: rewards } = rewardCurves(episode);
  const values = episode.replay.mind?.values ?? [];
  const all = [...rewards, ...values];
  const low = all.reduce((a, b) => Math.min(a, b), 0);
  const high = all.reduce((a, b) => Math.max(a, b), 0.05);
  const room = height - CURVES.top - CURVES.bottom;
  const bottom = CURVES.top + room - 4;
  const toY = (value: number) => bottom - ((value - low) / (high - low)) * (room - 8);
  const zero = Math.round(toY(0)) + 0.5;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(LEFT, zero);
  context.lineTo(toX(rewards.length), zero);
  context.stroke();

  const width = Math.max(2, Math.min(7, toX(1) - toX(0) - 1));
  rewards.forEach((reward, at) => {
    if (reward === 0) return;
    const y = toY(reward);
    context.fillStyle = reward > 0 ? theme.good : theme.bad;
    const length = Math.max(2, Math.abs(y - zero));
    context.fillRect(toX(at + 0.5) - width / 2, reward > 0 ? zero - length : zero, width, length);
  });

  if (values.length === 0) return;
  context.strokeStyle = theme.doer;
  context.lineWidth = 1.75;
  context.lineJoin = 'round';
  context.beginPath();
  values.forEach((value, at) => {
    if (at === 0) context.moveTo(toX(0.5), toY(value));
    else context.lineTo(toX(at + 0.5), toY(value));
  });
  context.stroke();
}

/** The looped stretch, with its marks A and B. */
export function drawLoop(
  { context, theme, toX }: LaneInput,
  loop: Loop | undefined,
  height: number,
): void {
  if (!loop) return;
  const marks: [string, number][] = [['A', loop.from]];
  if (loop.to !== undefined) {
    marks.push(['B', loop.to]);
    context.fillStyle = theme.heldOut;
    context.globalAlpha = 0.16;
    context.fillRect(toX(loop.from), 0, toX(loop.to) - toX(loop.from), height);
    context.globalAlpha = 1;
  }
  context.font = `700 11px ${theme.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  for (const [name, step] of marks) {
    const x = Math.round(toX(step));
    context.fillStyle = theme.heldOut;
    context.fillRect(x - 1, 0, 2, height);
    // Each flag lies outside of the stretch, where there is room.
    const flag = name === 'A' ? Math.max(LEFT - 12, x - 13) : x + 1;
    context.fillRect(flag, height - 15, 12, 14);
    context.fillStyle = theme.panel;
    context.fillText(name, flag + 6, height - 7.5);
  }
}

/** Ticks where settings were changed while the episode was played. */
export function drawChangeTicks(
  { context, theme, toX }: LaneInput,
  steps: readonly number[],
  height: number,
): void {
  context.strokeStyle = context.fillStyle = theme.muted;
  context.lineWidth = 1;
  for (const step of steps) {
    const x = Math.round(toX(step)) + 0.5;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x - 4, 0);
    context.lineTo(x + 4, 0);
    context.lineTo(x, 6);
    context.fill();
  }
}
