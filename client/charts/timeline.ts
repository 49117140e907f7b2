import { ACTION_NAMES } from '../../shared/constants.ts';
import { type GoalSpan, goalSpans } from '../selectors/goals.ts';
import { ACTION_LABELS, currentStep, formatReward, rewardCurves } from '../selectors/steps.ts';
import type { Store } from '../selectors/view.ts';
import type { EpisodeView } from '../selectors/world.ts';
import { el } from '../theme/dom.ts';
import { ACTION_ICONS } from '../theme/icons.ts';
import type { Appearance, Theme } from '../theme/theme.ts';
import { createSharpCanvas } from './canvas.ts';

const LEFT = 58;
const RIGHT = 6;
const GOALS = { top: 2, height: 24 };
const ACTIONS = { top: 32, height: 20 };
const CURVES = { top: 60, height: 66 };
/** Narrowest step that still gets its action as a drawing. */
const GLYPH_PX = 11;

/** Room for the tick of a goal that was reached. */
const TICK_PX = 16;

/** The episode from start to end: goals, actions, reward and value. Drag to move through it. */
export function createTimeline(
  host: HTMLElement,
  store: Store,
  appearance: Appearance,
  seek: (cursor: number) => void,
): { draw(): void } {
  let hover: number | undefined;
  let drawn = '';
  const canvas = createSharpCanvas(() => {
    drawn = '';
  });
  const element = canvas.element;
  for (const [name, value] of Object.entries({
    role: 'slider',
    tabindex: '0',
    'aria-label': 'Position in the episode',
    'aria-valuemin': '0',
  })) {
    element.setAttribute(name, value);
  }
  const readout = el('div', { class: 'readout-box', hidden: true });
  host.append(element, readout);
  const glyphs = ACTION_NAMES.map((name) => new Path2D(ACTION_ICONS[name]));

  const stepAt = (offsetX: number) => {
    const steps = store.get().episode?.replay.outcome.steps ?? 0;
    return ((offsetX - LEFT) / (element.clientWidth - LEFT - RIGHT)) * steps;
  };
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    seek(stepAt(event.offsetX));
  });
  element.addEventListener('pointermove', (event) => {
    hover = stepAt(event.offsetX);
    if (element.hasPointerCapture(event.pointerId)) seek(hover);
  });
  element.addEventListener('pointerleave', () => {
    hover = undefined;
  });
  store.watch(
    (state) => state.episode,
    (episode) => {
      element.setAttribute('aria-valuemax', String(episode?.replay.outcome.steps ?? 0));
      drawn = '';
    },
  );
  store.watch(
    (state) => currentStep(state),
    (step) => {
      element.setAttribute('aria-valuenow', String(Math.max(0, step)));
      element.setAttribute('aria-valuetext', `step ${step + 1}`);
    },
  );
  appearance.onChange(() => {
    drawn = '';
  });

  function draw(): void {
    const { episode, playback } = store.get();
    const key = `${playback.cursor}|${hover}|${element.clientWidth}`;
    if (key === drawn) return;
    const surface = canvas.begin();
    if (!surface) return;
    drawn = key;
    const { context, width, height } = surface;
    const theme = appearance.theme();
    drawGutter(context, theme);
    if (!episode) return;
    const steps = Math.max(1, episode.replay.outcome.steps);
    const toX = (step: number) => LEFT + (step / steps) * (width - LEFT - RIGHT);
    drawGoals(context, episode, theme, toX);
    drawActions(context, episode, theme, toX, glyphs);
    drawCurves(context, episode, theme, toX);
    const head = toX(playback.cursor);
    context.fillStyle = theme.ink;
    context.fillRect(Math.round(head) - 1, 0, 2, height);
    context.beginPath();
    context.arc(head, height - 4, 4, 0, 2 * Math.PI);
    context.fill();
    showReadout(readout, episode, hover, toX, width);
  }

  return { draw };
}

const TICK = new Path2D(ACTION_ICONS.done);

type ToPixel = (step: number) => number;

function drawGutter(context: CanvasRenderingContext2D, theme: Theme): void {
  context.font = `11px ${theme.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const label = (text: string, y: number, color: string) => {
    context.fillStyle = color;
    context.fillText(text, 0, y);
  };
  label('Goals', GOALS.top + GOALS.height / 2, theme.planner);
  label('Actions', ACTIONS.top + ACTIONS.height / 2, theme.doer);
  label('Value', CURVES.top + 14, theme.doer);
  label('Reward', CURVES.top + CURVES.height - 16, theme.env);
}

function drawGoals(
  context: CanvasRenderingContext2D,
  episode: EpisodeView,
  theme: Theme,
  toX: ToPixel,
): void {
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

function drawGoal(
  context: CanvasRenderingContext2D,
  span: GoalSpan,
  theme: Theme,
  toX: ToPixel,
): void {
  const left = toX(span.start);
  const width = Math.max(1, toX(span.end) - left - 1.5);
  const dropped = span.outcome === 'dropped';
  context.beginPath();
  context.roundRect(left, GOALS.top, width, GOALS.height, Math.min(4, width / 2));
  context.fillStyle = theme.planner;
  context.globalAlpha = dropped ? 0.18 : 0.9;
  context.fill();
  context.globalAlpha = 1;
  if (dropped && width > 3) {
    context.strokeStyle = theme.planner;
    context.lineWidth = 1;
    context.stroke();
  }
  const ticked = span.outcome === 'reached' && width >= TICK_PX;
  const color = dropped ? theme.ink : theme.panel;
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
  const text = shortened(context, span.label, room);
  context.fillStyle = color;
  context.fillText(text, left + 6, GOALS.top + GOALS.height / 2 + 0.5);
}

/** As much of the text as fits, with an ellipsis; nothing where hardly a word does. */
function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  for (let length = text.length - 1; length >= 4; length--) {
    const part = `${text.slice(0, length).trimEnd()}…`;
    if (context.measureText(part).width <= room) return part;
  }
  return '';
}

function drawActions(
  context: CanvasRenderingContext2D,
  episode: EpisodeView,
  theme: Theme,
  toX: ToPixel,
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
      context.stroke(glyphs[action]);
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

function drawCurves(
  context: CanvasRenderingContext2D,
  episode: EpisodeView,
  theme: Theme,
  toX: ToPixel,
): void {
  const { step: rewards } = rewardCurves(episode);
  const values = episode.replay.mind?.values ?? [];
  const all = [0, ...rewards, ...values];
  const low = Math.min(...all);
  const high = Math.max(0.05, ...all);
  const bottom = CURVES.top + CURVES.height - 4;
  const toY = (value: number) => bottom - ((value - low) / (high - low)) * (CURVES.height - 8);
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
    const height = Math.max(2, Math.abs(y - zero));
    context.fillRect(toX(at + 0.5) - width / 2, reward > 0 ? zero - height : zero, width, height);
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

function showReadout(
  box: HTMLElement,
  episode: EpisodeView,
  hover: number | undefined,
  toX: ToPixel,
  width: number,
): void {
  const steps = episode.replay.outcome.steps;
  box.hidden = hover === undefined || hover < 0 || hover >= steps;
  if (box.hidden || hover === undefined) return;
  const step = Math.floor(hover);
  const span = goalSpans(episode).findLast((candidate) => candidate.start <= step);
  const value = episode.replay.mind?.values[step];
  const ends = { reached: 'reached', dropped: 'given up', unfinished: 'under way at the end' };
  const rows = [
    `Step ${step + 1}: ${ACTION_LABELS[ACTION_NAMES[episode.replay.actions[step]]]}`,
    span && `Goal: ${span.label}, ${ends[span.outcome]}`,
    `Reward ${formatReward(rewardCurves(episode).step[step])}${value === undefined ? '' : `, value ${formatReward(value)}`}`,
  ];
  box.replaceChildren(
    ...rows.filter((row) => row !== undefined).map((text) => el('div', { text })),
  );
  const x = toX(step + 0.5) + 12;
  const right = x > width / 2;
  box.style.left = right ? 'auto' : `${x + 10}px`;
  box.style.right = right ? `${width - x + 24}px` : 'auto';
}
