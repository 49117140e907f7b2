import { DIRECTION_VECTORS } from '../../shared/constants.ts';
import { SUBGOAL_LABELS, SUBGOALS, type Subgoal } from '../../shared/goals.ts';
import type { EpisodeView } from '../store/frames.ts';
import { cellAt, describeCarried, describeCell, isOpenDoor } from './world.ts';

/** How a goal ended: its target was dealt with, it was given up for another, or the episode ended first. */
export type GoalEnd = 'reached' | 'dropped' | 'unfinished';

/** A stretch of steps during which the Planner kept one goal. */
export interface GoalSpan {
  /** First step of it. */
  start: number;
  /** First step after it. */
  end: number;
  subgoal: Subgoal;
  /** Target in world cells; undefined where the goal has none. */
  target: { x: number; y: number } | undefined;
  /** "pick up · blue key". */
  label: string;
  /** Share of the Planner's belief at the start of the span, 0 to 1. */
  confidence: number;
  outcome: GoalEnd;
}

export interface GoalNow extends GoalSpan {
  /** Steps since the Planner chose it, counting this one. */
  age: number;
  replanned: boolean;
}

const spansOf = new WeakMap<EpisodeView, readonly GoalSpan[]>();

/** The episode's goals in order; none where it was not played by a policy with a Planner. */
export function goalSpans(episode: EpisodeView): readonly GoalSpan[] {
  let spans = spansOf.get(episode);
  if (!spans) {
    spans = findSpans(episode);
    spansOf.set(episode, spans);
  }
  return spans;
}

function findSpans(episode: EpisodeView): GoalSpan[] {
  const mind = episode.replay.mind;
  if (!mind) return [];
  const steps = episode.replay.outcome.steps;
  const starts: number[] = [];
  for (let step = 0; step < steps; step++) {
    // A policy without a Planner, or one that was switched off, has no goal at all.
    if ((step === 0 || mind.replans[step]) && mind.subgoals[step] >= 0) starts.push(step);
  }
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? steps;
    const subgoal = SUBGOALS[mind.subgoals[start]];
    const target =
      mind.goalX[start] < 0 ? undefined : { x: mind.goalX[start], y: mind.goalY[start] };
    return {
      start,
      end,
      subgoal,
      target,
      label: goalLabel(episode, start, subgoal, target),
      confidence: mind.confidence[start] / 1000,
      outcome: goalOutcome(episode, start, end, subgoal, target),
    };
  });
}

/** The goal in force at `step`; undefined without a Planner. */
export function goalAt(episode: EpisodeView, step: number): GoalNow | undefined {
  const mind = episode.replay.mind;
  if (!mind || step < 0) return undefined;
  const spans = goalSpans(episode);
  const span = spans.findLast((candidate) => candidate.start <= step);
  if (!span) return undefined;
  return {
    ...span,
    confidence: (mind.confidence[step] ?? 0) / 1000,
    age: step - span.start + 1,
    replanned: step === span.start,
  };
}

function goalLabel(
  episode: EpisodeView,
  step: number,
  subgoal: Subgoal,
  target: { x: number; y: number } | undefined,
): string {
  const verb = SUBGOAL_LABELS[subgoal];
  const frame = episode.frames[step];
  if (subgoal === 'drop' && frame.carrying) return `${verb} · ${describeCarried(frame.carrying)}`;
  if (!target || subgoal === 'explore') return verb;
  const here = cellAt(frame, episode.width, episode.height, target.x, target.y);
  return `${verb} · ${describeCell(here)}`;
}

function goalOutcome(
  episode: EpisodeView,
  start: number,
  end: number,
  subgoal: Subgoal,
  target: { x: number; y: number } | undefined,
): GoalEnd {
  for (let at = start; at < end; at++) {
    if (fulfilled(episode, at, subgoal, target)) return 'reached';
  }
  return end >= episode.replay.outcome.steps ? 'unfinished' : 'dropped';
}

/** Whether the step from frame `at` to the next did what the goal asks. */
function fulfilled(
  episode: EpisodeView,
  at: number,
  subgoal: Subgoal,
  target: { x: number; y: number } | undefined,
): boolean {
  const before = episode.frames[at];
  const after = episode.frames[at + 1];
  const cell = (frame: typeof before) =>
    target && cellAt(frame, episode.width, episode.height, target.x, target.y);
  switch (subgoal) {
    case 'goNextTo': {
      const [dx, dy] = DIRECTION_VECTORS[after.direction];
      return target?.x === after.agentX + dx && target.y === after.agentY + dy;
    }
    case 'pickup':
      return !before.carrying && after.carrying !== undefined;
    case 'drop':
      return before.carrying !== undefined && !after.carrying;
    case 'open':
      return !isOpenDoor(cell(before)) && isOpenDoor(cell(after));
    case 'close':
      return isOpenDoor(cell(before)) && !isOpenDoor(cell(after));
    case 'explore':
      return target !== undefined && after.seen[target.x * episode.height + target.y] === 1;
    case 'done':
      return at + 1 === episode.replay.outcome.steps && episode.replay.outcome.success;
  }
}
