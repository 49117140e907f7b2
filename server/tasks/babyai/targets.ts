import { GOAL_CELLS, GOAL_NONE, GOAL_REACH, GOAL_SPAN, goalCell } from './features.ts';
import { forwardOf, type Pose, rightOf, worldX, worldY } from './goalFrame.ts';
import { MAX_OBJECTS, OBJECT_FEATURES, placeOfToken, type Rows } from './objectTokens.ts';

/**
 * What a goal can aim at: a cell near the agent, nothing, or the object of a token, however far it is. Classes are
 * numbered in this order.
 */

/** First class of an object token. */
export const FIRST_TOKEN = GOAL_CELLS + 1;
/** Most classes that a sample can have. */
export const MAX_TARGETS = FIRST_TOKEN + MAX_OBJECTS;

/** A cell in the agent's own frame: how many cells to its right and ahead of it. */
export interface Offset {
  right: number;
  forward: number;
}

/** The object tokens of one sample: the first `count` OBJECT_FEATURES rows from `at` on. */
export interface TokenRows {
  rows: Rows;
  at: number;
  count: number;
}

export const placeOf = (pose: Pose, x: number, y: number): Offset => ({
  right: rightOf(pose, x, y),
  forward: forwardOf(pose, x, y),
});

/** Where a target lies; undefined for none. */
export function placeOfTarget(target: number, { rows, at }: TokenRows): Offset | undefined {
  if (target === GOAL_NONE) return undefined;
  if (target >= FIRST_TOKEN)
    return placeOfToken(rows, at + (target - FIRST_TOKEN) * OBJECT_FEATURES);
  return {
    right: (target % GOAL_SPAN) - GOAL_REACH,
    forward: Math.floor(target / GOAL_SPAN) - GOAL_REACH,
  };
}

/** The class that aims at a place: the token of the object there, else the cell, or the nearest cell within reach. */
export function targetAt({ right, forward }: Offset, { rows, at, count }: TokenRows): number {
  for (let token = 0; token < count; token++) {
    const place = placeOfToken(rows, at + token * OBJECT_FEATURES);
    if (place?.right === right && place.forward === forward) return FIRST_TOKEN + token;
  }
  const near = (value: number) => Math.max(-GOAL_REACH, Math.min(GOAL_REACH, value));
  return goalCell(near(right), near(forward));
}

/** World cell of a place; undefined outside the world, which counts as no target. */
export function worldCellOf({ right, forward }: Offset, pose: Pose) {
  const cell = { x: worldX(pose, right, forward), y: worldY(pose, right, forward) };
  return cell.x >= 0 && cell.y >= 0 ? cell : undefined;
}
