import { DoorState, ObjectType } from '../shared/constants.ts';

/**
 * A cell of the grid as one number: object type (bits 0-3), colour (4-6), door state (7-8), and a bit
 * for what cannot be seen through (9). Zero is "unseen", so masking a code with 0 hides the cell.
 */
export const OPAQUE = 0x200;
export const TYPE_MASK = 15;

/** Packs Minigrid's three bytes of a cell. */
export function packCell(type: number, color = 0, state = 0): number {
  const opaque = type === ObjectType.wall || (type === ObjectType.door && state !== DoorState.open);
  return type | (color << 4) | (state << 7) | (opaque ? OPAQUE : 0);
}
export function cellType(code: number): number {
  return code & TYPE_MASK;
}
export function cellColor(code: number): number {
  return (code >> 4) & 7;
}
export function cellState(code: number): number {
  return (code >> 7) & 3;
}

export const EMPTY_CELL = packCell(ObjectType.empty);
/** Walls are always grey. */
export const WALL_CELL = packCell(ObjectType.wall, 5);
