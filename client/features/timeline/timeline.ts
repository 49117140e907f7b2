import { describeChange } from '../../../shared/changeText.ts';
import { ACTION_NAMES } from '../../../shared/constants.ts';
import { at } from '../../../shared/indexing.ts';
import type { SettingsChange } from '../../../shared/protocol.ts';
import { changesWithin } from '../../selectors/changes.ts';
import { goalSpans } from '../../selectors/goals.ts';
import { watchedRun } from '../../selectors/run.ts';
import {
  ACTION_LABELS,
  currentStep,
  doerAt,
  formatReward,
  rewardCurves,
} from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Loop, State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import type { Appearance } from '../../theme/theme.ts';
import { pointIn } from '../../theme/zoom.ts';
import { createSharpCanvas } from '../../ui/canvas.ts';
import { el } from '../../ui/dom.ts';
import { ACTION_ICONS } from '../../ui/icons.ts';
import { happenings } from './happenings.ts';
import {
  drawActions,
  drawChangeTicks,
  drawCurves,
  drawEvents,
  drawGoals,
  drawGutter,
  drawLoop,
  LEFT,
  RIGHT,
  type ToPixel,
} from './timelineLanes.ts';

/** Keys for whoever has the timeline in focus, beside the page's own. */
const JUMP_STEPS = 10;

export interface TimelineCommands {
  seek(cursor: number): void;
  setLoop(loop: Loop | undefined): void;
}

/**
 * The episode from start to end: goals, actions, events, reward and value. Drag to move through it;
 * with Shift, drag over a stretch to loop it.
 */
export function createTimeline(
  host: HTMLElement,
  store: Store,
  appearance: Appearance,
  commands: TimelineCommands,
): { draw(): void } {
  let hover: number | undefined;
  let drawn: unknown[] = [];
  /** Where a stretch that is being marked began. */
  let markFrom: number | undefined;
  const redraw = () => {
    drawn = [];
  };
  const canvas = createSharpCanvas(redraw);
  const { element } = canvas;
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

  const stepsOf = () => store.get().episode?.replay.outcome.steps ?? 0;
  const stepAt = (x: number) => {
    const share = (x - LEFT) / (element.clientWidth - LEFT - RIGHT);
    return Math.min(1, Math.max(0, share)) * stepsOf();
  };
  const markTo = (at: number) => {
    const from = markFrom ?? at;
    const [low, high] = [Math.floor(Math.min(from, at)), Math.ceil(Math.max(from, at))];
    if (high > low) commands.setLoop({ from: low, to: high });
  };
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    const at = stepAt(pointIn(element, event).x);
    if (event.shiftKey) markFrom = at;
    else commands.seek(at);
  });
  element.addEventListener('pointermove', (event) => {
    const { x } = pointIn(element, event);
    const at = stepAt(x);
    hover = x >= LEFT ? at : undefined;
    if (!element.hasPointerCapture(event.pointerId)) return;
    if (markFrom !== undefined) markTo(at);
    else commands.seek(at);
  });
  element.addEventListener('pointerup', () => {
    markFrom = undefined;
  });
  element.addEventListener('pointerleave', () => {
    hover = undefined;
  });
  element.addEventListener('keydown', (event) => {
    const { cursor } = store.get().playback;
    const targets: Record<string, number> = {
      Home: 0,
      End: stepsOf(),
      PageUp: Math.floor(cursor) - JUMP_STEPS,
      PageDown: Math.floor(cursor) + JUMP_STEPS,
    };
    const target = targets[event.key];
    if (target === undefined || store.get().episode?.origin.kind === 'person') return;
    event.preventDefault();
    commands.seek(target);
  });
  store.watch(
    (state) => state.episode,
    (episode) => element.setAttribute('aria-valuemax', String(episode?.replay.outcome.steps ?? 0)),
  );
  store.watch(currentStep, (step) => {
    element.setAttribute('aria-valuenow', String(Math.max(0, step)));
    element.setAttribute('aria-valuetext', `step ${step + 1}`);
  });
  appearance.onChange(redraw);

  function draw(): void {
    const state = store.get();
    const { episode, playback } = state;
    // Without motion the head goes from step to step, as the stage does.
    const cursor = appearance.reducedMotion() ? Math.floor(playback.cursor) : playback.cursor;
    const inputs = [
      episode,
      cursor,
      playback.loop,
      hover,
      element.clientWidth,
      element.clientHeight,
    ];
    if (drawn.length > 0 && inputs.every((value, i) => Object.is(value, drawn[i]))) return;
    const surface = canvas.begin();
    if (!surface) return;
    drawn = inputs;
    const { context, width, height } = surface;
    const theme = appearance.theme();
    drawGutter(context, theme, height);
    if (!episode) return;
    const steps = Math.max(1, episode.replay.outcome.steps);
    const toX = (step: number) => LEFT + (step / steps) * (width - LEFT - RIGHT);
    const changes = changesOf(state, episode);
    const input = { context, episode, theme, toX, height };
    drawGoals(input);
    drawActions(input, glyphs);
    drawEvents(input);
    drawCurves(input);
    drawLoop(input, playback.loop, height);
    drawChangeTicks(
      input,
      changes.map(({ step }) => step),
      height,
    );
    const head = toX(cursor);
    context.fillStyle = theme.ink;
    context.fillRect(Math.round(head) - 1, 0, 2, height);
    context.beginPath();
    context.arc(head, height - 4, 4, 0, 2 * Math.PI);
    context.fill();
    showReadout(readout, { episode, hover, changes, toX, width });
  }

  return { draw };
}

interface PlacedChange {
  step: number;
  change: SettingsChange;
}

function changesOf(state: State, episode: EpisodeView): PlacedChange[] {
  const run = watchedRun(state);
  if (!run || episode.origin.kind !== 'run') return [];
  return changesWithin(episode.replay, state.changes, run.settings.environments);
}

interface ReadoutInput {
  episode: EpisodeView;
  hover: number | undefined;
  changes: readonly PlacedChange[];
  toX: ToPixel;
  width: number;
}

const GOAL_ENDS = { reached: 'reached', dropped: 'given up', unfinished: 'under way at the end' };

function showReadout(box: HTMLElement, input: ReadoutInput): void {
  const { episode, hover, changes, toX, width } = input;
  const steps = episode.replay.outcome.steps;
  box.hidden = hover === undefined || hover >= steps;
  if (box.hidden || hover === undefined) return;
  const step = Math.floor(hover);
  const span = goalSpans(episode).findLast((candidate) => candidate.start <= step);
  const value = episode.replay.mind?.values[step];
  const event = happenings(episode).find((happening) => happening.step === step);
  const paid = formatReward(at(rewardCurves(episode).step, step));
  const rows = [
    `Step ${step + 1}: ${ACTION_LABELS[doerAt(episode, step).chosen]}`,
    event && `It ${event.text}`,
    span && `Goal: ${span.label}, ${GOAL_ENDS[span.outcome]}`,
    `Reward ${paid}${value === undefined ? '' : `, value ${formatReward(value)}`}`,
    ...changes
      .filter((placed) => Math.abs(toX(placed.step) - toX(hover)) < 6)
      .map(({ change }) => describeChange(change)),
  ];
  box.replaceChildren(
    ...rows.filter((row) => row !== undefined).map((text) => el('div', { text })),
  );
  const x = toX(step + 0.5) + 12;
  const right = x > width / 2;
  box.style.left = right ? 'auto' : `${x + 10}px`;
  box.style.right = right ? `${width - x + 24}px` : 'auto';
}
