import { DIRECTION_VECTORS } from './constants.ts';

/** What the Planner can intend: the bot's subgoal classes, with exploring told apart from going. */
export const SUBGOALS = ['explore', 'goNextTo', 'pickup', 'drop', 'open', 'close', 'done'] as const;
export type Subgoal = (typeof SUBGOALS)[number];
export const SUBGOAL_LABELS: Record<Subgoal, string> = {
  explore: 'explore',
  goNextTo: 'go next to',
  pickup: 'pick up',
  drop: 'drop',
  open: 'open',
  close: 'close',
  done: 'finished',
};

/** A goal in world cells. */
export interface WorldGoal {
  /** Index into SUBGOALS. */
  subgoal: number;
  /** Target's cell, −1 without one. */
  x: number;
  y: number;
}

const EXPLORE = SUBGOALS.indexOf('explore');

/**
 * Whether the agent is at the target: it faces it or stands on it; of one to explore it is enough to see it.
 * False without a target.
 */
export function isAtTarget(
  { subgoal, x, y }: WorldGoal,
  pose: { x: number; y: number; direction: number },
  sees: (x: number, y: number) => boolean,
): boolean {
  if (x < 0) return false;
  const [right, down] = DIRECTION_VECTORS[pose.direction]!;
  const stands = x === pose.x && y === pose.y;
  const faces = x === pose.x + right && y === pose.y + down;
  return stands || faces || (subgoal === EXPLORE && sees(x, y));
}

export const isSameGoal = (a: WorldGoal, b: WorldGoal): boolean =>
  a.subgoal === b.subgoal && a.x === b.x && a.y === b.y;
