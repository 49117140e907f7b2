/** Minigrid's indices (minigrid/core/constants.py), as the bytes of an observation carry them. */

export const ObjectType = {
  unseen: 0,
  empty: 1,
  wall: 2,
  floor: 3,
  door: 4,
  key: 5,
  ball: 6,
  box: 7,
  goal: 8,
  lava: 9,
  agent: 10,
} as const;
export type ObjectTypeName = keyof typeof ObjectType;

/** Colour names in the order of their *encoding* (the byte in the observation). */
export const COLOR_NAMES = ['red', 'green', 'blue', 'purple', 'yellow', 'grey'] as const;
export type ColorName = (typeof COLOR_NAMES)[number];

/** Colour names in the order in which BabyAI *draws* them at random (alphabetical). */
export const COLOR_DRAW_ORDER = ['blue', 'green', 'grey', 'purple', 'red', 'yellow'] as const;

export const DoorState = { open: 0, closed: 1, locked: 2 } as const;
export type DoorStateName = keyof typeof DoorState;

export const ACTION_NAMES = [
  'left',
  'right',
  'forward',
  'pickup',
  'drop',
  'toggle',
  'done',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];
export const Action = {
  left: 0,
  right: 1,
  forward: 2,
  pickup: 3,
  drop: 4,
  toggle: 5,
  done: 6,
} as const satisfies Record<ActionName, number>;
export const NUM_ACTIONS = ACTION_NAMES.length;

/** Directions: 0 right (+x), 1 down (+y), 2 left (-x), 3 up (-y); y grows downwards. */
export const DIRECTION_VECTORS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** Side of the square egocentric view; the agent sits at view cell (3, 6) and looks towards smaller vy. */
export const VIEW_SIZE = 7;
/** Bytes of one observation image: 7*7 cells of (object, colour, state), byte `(vx*7 + vy)*3 + c`. */
export const VIEW_BYTES = VIEW_SIZE * VIEW_SIZE * 3;
export const AGENT_VIEW_X = 3;
export const AGENT_VIEW_Y = 6;

/** Level seeds below this are for training, from it upwards for held-out evaluation. Never mixed. */
export const EVAL_SEED_BASE = 1_000_000_000;

/** No BabyAI level allows more steps than this, and none made by hand may. */
export const MAX_EPISODE_STEPS = 8192;
/** Cells along the longer side of the largest level made by hand; BabyAI's own have 22 at most. */
export const MAX_GRID_SIDE = 64;
