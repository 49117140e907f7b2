import { COLOR_NAMES, DoorState, ObjectType } from '../../shared/constants.ts';
import { cellColor, cellState, cellType } from '../index.ts';
import { COLORS } from './colors.ts';
import { type Coat, circle, grown, outline, polygon, rect, turned, union } from './raster.ts';

/** Units of a cell's side; the shapes are those of the stage (client/scene/shapes.ts), around the cell's middle. */
export const UNIT = 200;
const HALF = UNIT / 2;
const EDGE = COLORS.outline;

/** A door, key, ball or box by its code (envs/cells.ts). */
export function thingCoats(code: number): Coat[] {
  const color = COLORS.objects[COLOR_NAMES[cellColor(code)]];
  switch (cellType(code)) {
    case ObjectType.door:
      return doorCoats(color, cellState(code));
    case ObjectType.key:
      return keyCoats(color);
    case ObjectType.ball: {
      const ball = circle(0, 0, 58);
      return [
        { shape: ball, color },
        { shape: outline(ball, 7), color: EDGE, alpha: 0.9 },
        { shape: circle(-20, -22, 14), color: '#ffffff', alpha: 0.45 },
      ];
    }
    default: {
      const box = rect(-60, -60, 120, 120, 14);
      return [
        { shape: box, color },
        { shape: outline(box, 7), color: EDGE, alpha: 0.9 },
        { shape: rect(-60, -20, 120, 8), color: EDGE, alpha: 0.55 },
        { shape: rect(-16, -30, 32, 28, 6), color: EDGE, alpha: 0.75 },
        { shape: rect(-52, -53, 104, 10, 5), color: '#ffffff', alpha: 0.28 },
      ];
    }
  }
}

function keyCoats(color: string): Coat[] {
  const key = union(
    outline(circle(0, -38, 27), 20),
    rect(-9, -14, 18, 84, 5),
    rect(0, 50, 34, 17, 5),
    rect(0, 22, 26, 16, 5),
  );
  return [
    { shape: grown(key, 8), color: EDGE, alpha: 0.9 },
    { shape: key, color },
  ];
}

function doorCoats(color: string, state: number): Coat[] {
  const frame = rect(-HALF + 9, -HALF + 9, UNIT - 18, UNIT - 18, 10);
  const leaf = rect(-75, -75, state === DoorState.open ? 28 : 150, 150, 6);
  const coats: Coat[] = [
    { shape: rect(-HALF, -HALF, UNIT, UNIT), color: COLORS.floor },
    { shape: outline(frame, 22), color: EDGE, alpha: 0.9 },
    { shape: outline(frame, 14), color },
    { shape: leaf, color },
    { shape: outline(leaf, 5), color: EDGE, alpha: 0.75 },
  ];
  if (state === DoorState.open) return coats;
  coats.push({ shape: outline(rect(-62, -62, 118, 124, 8), 7), color: EDGE, alpha: 0.5 });
  if (state === DoorState.closed) return [...coats, { shape: circle(50, 0, 13), color: EDGE }];
  const hole = union(circle(0, -14, 24), polygon([-9, 0, 9, 0, 18, 48, -18, 48]));
  return [...coats, { shape: hole, color: EDGE }];
}

/** The agent; direction 0 looks to +x, and each further one a quarter clockwise. */
export function agentCoats(direction: number): Coat[] {
  const arrow = grown(polygon([66, 0, -54, 58, -36, 0, -54, -58]), 6);
  return [
    { shape: turned(grown(arrow, 5), direction), color: EDGE, alpha: 0.95 },
    { shape: turned(arrow, direction), color: COLORS.doer },
  ];
}

const CARRIED_SCALE = 0.52;

/** What the agent holds, drawn small in its cell. */
export function carriedCoats(code: number): Coat[] {
  return thingCoats(code).map(({ shape, ...paint }) => ({
    ...paint,
    shape: (x, y) => shape(x / CARRIED_SCALE, y / CARRIED_SCALE) * CARRIED_SCALE,
  }));
}

/** Below the objects: the floor of the Planner's target. */
export const GOAL_FLOOR: readonly Coat[] = [
  { shape: rect(-HALF + 4, -HALF + 4, UNIT - 8, UNIT - 8, 22), color: COLORS.planner, alpha: 0.2 },
];

/** Above them: the four corners of its outline. */
export const GOAL_CORNERS: readonly Coat[] = [
  {
    shape: (x, y) => {
      const [ax, ay] = [Math.abs(x), Math.abs(y)];
      return cornerArm(ax, ay);
    },
    color: COLORS.planner,
  },
];
const cornerArm = union(
  rect(94 - 60 - 7.5, 94 - 7.5, 67.5, 15, 7.5),
  rect(94 - 7.5, 94 - 60 - 7.5, 15, 67.5, 7.5),
);
