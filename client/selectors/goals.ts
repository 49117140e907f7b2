import { ObjectType } from '../../shared/constants.ts';
import { SUBGOAL_LABELS, SUBGOALS, type Subgoal } from '../../shared/goals.ts';
import { at } from '../../shared/indexing.ts';
import type { Replay } from '../../shared/replay.ts';
import { type EpisodeView, type Frame, frameAt, type Position } from '../store/frames.ts';
import { cellAhead, cellAt, describeCarried, describeCell, isObject, isOpenDoor } from './world.ts';

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
  target: Position | undefined;
  /** "pick up · blue key"; "undecided" where the Planner has not made up its mind. */
  label: string;
  /** Whether its belief is high enough, and the goal possible, to be shown. */
  decided: boolean;
  /** Set by a person, so the Planner's belief does not apply. */
  commanded: boolean;
  /** Share of the Planner's belief at the start of the span, 0 to 1. */
  confidence: number;
  outcome: GoalEnd;
}

export interface GoalNow extends GoalSpan {
  /** Steps since the Planner chose it, counting this one. */
  age: number;
  replanned: boolean;
}

/**
 * A goal with less of the Planner's belief than this is a guess, and is called undecided. Of the shipped policy's
 * goals on SynthS5R2 (`evaluate`, `byConfidence`) 26 % are the expert's where it believes 30 to 40 %, 43 % at 60
 * to 70 %, 55 % at 70 to 80 % and 89 % from 90 % on: from here more are right than wrong.
 */
export const LEAST_CONFIDENCE = 0.7;

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
    if (at(mind.subgoals, step) < 0 || !(step === 0 || mind.replans[step])) continue;
    // A replan that picks the same goal keeps it.
    const last = starts.at(-1);
    if (last === undefined || !isSameGoal(mind, last, step)) starts.push(step);
  }
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? steps;
    const subgoal = at(SUBGOALS, at(mind.subgoals, start));
    const [x, y] = [at(mind.goalX, start), at(mind.goalY, start)];
    const target = x < 0 ? undefined : { x, y };
    const confidence = at(mind.confidence, start) / 1000;
    const commanded = isCommanded(episode, start, subgoal, target);
    const label = goalLabel(episode, start, subgoal, target);
    const isSure = !episode.untaught && confidence >= LEAST_CONFIDENCE;
    const decided = label !== undefined && (commanded || isSure);
    return {
      start,
      end,
      subgoal,
      // Exploring towards a wall only gives a direction: do not mark the wall.
      target: isWall(episode, start, target) ? undefined : target,
      label: decided ? label : episode.untaught ? 'not named' : 'undecided',
      decided,
      commanded,
      confidence,
      outcome: goalOutcome(episode, start, end, subgoal, target),
    };
  });
}

function isSameGoal(mind: NonNullable<Replay['mind']>, a: number, b: number): boolean {
  return (
    mind.subgoals[a] === mind.subgoals[b] &&
    mind.goalX[a] === mind.goalX[b] &&
    mind.goalY[a] === mind.goalY[b]
  );
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

function isWall(episode: EpisodeView, step: number, target: Position | undefined): boolean {
  const here =
    target && cellAt(frameAt(episode, step), episode.width, episode.height, target.x, target.y);
  return here?.type === ObjectType.wall;
}

/** What the goal wants, in words; undefined where there is nothing to want, as in a wall. */
function goalLabel(
  episode: EpisodeView,
  step: number,
  subgoal: Subgoal,
  target: Position | undefined,
): string | undefined {
  const verb = SUBGOAL_LABELS[subgoal];
  const frame = frameAt(episode, step);
  if (subgoal === 'done' || subgoal === 'explore') return verb;
  if (subgoal === 'drop') return frame.carrying && `${verb} · ${describeCarried(frame.carrying)}`;
  const here = target && cellAt(frame, episode.width, episode.height, target.x, target.y);
  if (here && isObject(here)) return `${verb} · ${describeCell(here)}`;
  if (here?.type === ObjectType.wall) return undefined;
  // A cell is a place to go to, not a thing to handle.
  return here && target && subgoal === 'goNextTo'
    ? `${verb} · cell ${target.x}, ${target.y}`
    : undefined;
}

function isCommanded(
  { replay }: EpisodeView,
  step: number,
  subgoal: Subgoal,
  target: Position | undefined,
): boolean {
  if (replay.played?.planner === 'expert') return true;
  const given = replay.played?.overrides.findLast((one) => one.step <= step);
  return (
    given !== undefined &&
    given.subgoal === subgoal &&
    given.x === target?.x &&
    given.y === target.y
  );
}

function goalOutcome(
  episode: EpisodeView,
  start: number,
  end: number,
  subgoal: Subgoal,
  target: Position | undefined,
): GoalEnd {
  for (let step = start; step < end; step++) {
    if (fulfilled(episode, step, subgoal, target)) return 'reached';
  }
  return end >= episode.replay.outcome.steps ? 'unfinished' : 'dropped';
}

/** Whether the step from frame `step` to the next did what the goal asks. */
function fulfilled(
  episode: EpisodeView,
  step: number,
  subgoal: Subgoal,
  target: Position | undefined,
): boolean {
  const before = frameAt(episode, step);
  const after = frameAt(episode, step + 1);
  const cell = (frame: Frame) =>
    target && cellAt(frame, episode.width, episode.height, target.x, target.y);
  switch (subgoal) {
    case 'goNextTo': {
      const { x, y } = cellAhead(after);
      return target?.x === x && target.y === y;
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
      return step + 1 === episode.replay.outcome.steps && episode.replay.outcome.success;
  }
}
