import { ACTION_NAMES, COLOR_NAMES, ObjectType } from '../../shared/constants.ts';
import { SUBGOAL_LABELS, SUBGOALS } from '../../shared/goals.ts';
import type { Replay } from '../../shared/replay.ts';
import { cellColor, cellState, cellType, type EnvState } from '../index.ts';
import { COLORS } from './colors.ts';
import { ADVANCE, LINE_HEIGHT, wrap, writeLine } from './font.ts';
import type { Canvas } from './raster.ts';

const TYPE_NAMES = Object.keys(ObjectType);
const STATE_NAMES = ['open', 'closed', 'locked'] as const;
/** Narrower pictures have their text in single dots. */
const LARGE_TEXT_FROM_PX = 240;
const PADDING = 10;
const LONGEST_STATUS = 'step 8192 of 8192 - forward';
const LONGEST_GOAL = 'goal: go next to locked purple door 100%';

/** What the Planner wants at a step. */
export interface GoalInForce {
  /** "pick up blue key". */
  readonly label: string;
  /** Target in world cells; undefined where the goal has none. */
  readonly target: { readonly x: number; readonly y: number } | undefined;
  /** 0 to 1. */
  readonly confidence: number;
}

/** The goal in force in the frame after `frame` steps; undefined where no Planner played. */
export function goalAt(replay: Replay, frame: number, state: EnvState): GoalInForce | undefined {
  const { mind, outcome } = replay;
  // At the end the last step's goal stays, so that it can be seen whether it was met.
  const step = Math.min(frame, outcome.steps - 1);
  const subgoal = mind && SUBGOALS[mind.subgoals[step]];
  if (!mind || !subgoal) return undefined;
  const [x, y] = [mind.goalX[step], mind.goalY[step]];
  const target = x < 0 || y < 0 ? undefined : { x, y };
  const code =
    subgoal === 'drop' && state.carrying >= 0
      ? state.handCode()
      : target && subgoal !== 'explore' && state.isInside(x, y)
        ? state.codeAt(x, y)
        : 0;
  const what = describe(code);
  return {
    label: what ? `${SUBGOAL_LABELS[subgoal]} ${what}` : SUBGOAL_LABELS[subgoal],
    target,
    confidence: mind.confidence[step] / 1000,
  };
}

/** "locked red door", "wall"; empty for what is no thing. */
function describe(code: number): string {
  const type = cellType(code);
  if (type < ObjectType.wall) return '';
  if (type === ObjectType.wall) return 'wall';
  const name = `${COLOR_NAMES[cellColor(code)]} ${TYPE_NAMES[type]}`;
  return type === ObjectType.door ? `${STATE_NAMES[cellState(code)]} ${name}` : name;
}

/** The text below the world: the mission, the step and what is done in it, and the goal. */
export interface Caption {
  /** Pixels; the same for all frames of an episode. */
  readonly height: number;
  draw(canvas: Canvas, top: number, frame: number, goal: GoalInForce | undefined): void;
}

export function createCaption(replay: Replay, width: number): Caption {
  const dot = width >= LARGE_TEXT_FROM_PX ? 2 : 1;
  const columns = Math.max(1, Math.floor((width - 2 * PADDING) / (ADVANCE * dot)));
  const line = LINE_HEIGHT * dot;
  const mission = wrap(replay.mission, columns);
  const statusLines = wrap(LONGEST_STATUS, columns).length;
  const goalLines = replay.mind ? wrap(LONGEST_GOAL, columns).length : 0;
  return {
    height: 2 * PADDING + line * (mission.length + statusLines + goalLines),
    draw(canvas, top, frame, goal) {
      let y = top + PADDING;
      const write = (lines: readonly string[], color: string, reserved = lines.length) => {
        for (const [i, text] of lines.slice(0, reserved).entries())
          writeLine(canvas, text, PADDING, y + i * line, dot, color);
        y += reserved * line;
      };
      write(mission, COLORS.ink);
      write(wrap(statusOf(replay, frame), columns), colorOf(replay, frame), statusLines);
      if (!goal) return;
      const sure = `${Math.round(goal.confidence * 100)}%`;
      write(wrap(`goal: ${goal.label} ${sure}`, columns), COLORS.planner, goalLines);
    },
  };
}

function statusOf({ actions, outcome }: Replay, frame: number): string {
  const { success, terminated, truncated, steps } = outcome;
  const next =
    frame < steps
      ? ACTION_NAMES[actions[frame]]
      : success
        ? 'done'
        : terminated
          ? 'failed'
          : truncated
            ? 'out of steps'
            : 'stopped';
  return `step ${frame} of ${steps} - ${next}`;
}

function colorOf({ outcome }: Replay, frame: number): string {
  if (frame < outcome.steps) return COLORS.muted;
  return outcome.success ? COLORS.good : COLORS.bad;
}
