import { DIRECTION_VECTORS } from '../../shared/constants.ts';
import { GOAL_NONE, GOAL_REACH, GOAL_SPAN } from './features.ts';

/**
 * A goal's target between world cells and the agent's own frame (right, forward). The agent could
 * keep this by dead reckoning alone (it knows its actions and sees whether the cell ahead is free);
 * the world pose gives the same numbers with less bookkeeping.
 */
export interface Pose {
  x: number;
  y: number;
  direction: number;
}

/** Cells to the agent's right of a world cell. */
export function rightOf(pose: Pose, x: number, y: number): number {
  const [fx, fy] = DIRECTION_VECTORS[pose.direction];
  return (x - pose.x) * -fy + (y - pose.y) * fx;
}

/** Cells ahead of the agent of a world cell. */
export function forwardOf(pose: Pose, x: number, y: number): number {
  const [fx, fy] = DIRECTION_VECTORS[pose.direction];
  return (x - pose.x) * fx + (y - pose.y) * fy;
}

/** World cell of a goal class, or undefined for GOAL_NONE. */
export function goalToWorld(pose: Pose, cell: number): { x: number; y: number } | undefined {
  if (cell === GOAL_NONE) return undefined;
  const right = (cell % GOAL_SPAN) - GOAL_REACH;
  const forward = Math.floor(cell / GOAL_SPAN) - GOAL_REACH;
  const [fx, fy] = DIRECTION_VECTORS[pose.direction];
  return { x: pose.x + forward * fx - right * fy, y: pose.y + forward * fy + right * fx };
}
