import { DIRECTION_VECTORS } from '../../../shared/constants.ts';

/**
 * Cells in the world and in the agent's own frame (right, forward). The agent could
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

/** World column of a cell in the agent's frame. */
export function worldX(pose: Pose, right: number, forward: number): number {
  const [fx, fy] = DIRECTION_VECTORS[pose.direction];
  return pose.x + forward * fx - right * fy;
}

/** World row of a cell in the agent's frame. */
export function worldY(pose: Pose, right: number, forward: number): number {
  const [fx, fy] = DIRECTION_VECTORS[pose.direction];
  return pose.y + forward * fy + right * fx;
}
