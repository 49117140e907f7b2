import type { Graphics } from 'pixi.js';
import { COLOR_NAMES, DoorState, ObjectType } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import type { Theme } from '../theme/theme.ts';
import { UNIT } from './layout.ts';

const HALF = UNIT / 2;
/** One letter a colour, for people who cannot tell the colours apart. */
export const COLOR_LETTERS = ['R', 'G', 'B', 'P', 'Y', 'A'] as const;

export function objectColor(theme: Theme, color: number): string {
  return theme.objects[at(COLOR_NAMES, color)] ?? theme.ink;
}

/** Draws a key, ball, box or floor mark around (0, 0), in a square of side UNIT. */
export function drawObject(shape: Graphics, theme: Theme, type: number, color: number): void {
  const fill = objectColor(theme, color);
  const edge = { width: 7, color: theme.outline, alpha: 0.9, join: 'round' as const };
  switch (type) {
    case ObjectType.ball:
      shape.circle(0, 0, 58).fill(fill).stroke(edge);
      shape.ellipse(-20, -22, 17, 12).fill({ color: '#ffffff', alpha: 0.45 });
      return;
    case ObjectType.box:
      shape.roundRect(-60, -60, 120, 120, 14).fill(fill).stroke(edge);
      shape.rect(-60, -20, 120, 8).fill({ color: theme.outline, alpha: 0.55 });
      shape.roundRect(-16, -30, 32, 28, 6).fill({ color: theme.outline, alpha: 0.75 });
      shape.roundRect(-52, -53, 104, 10, 5).fill({ color: '#ffffff', alpha: 0.28 });
      return;
    case ObjectType.key:
      drawKey(shape, { width: 16, color: theme.outline, alpha: 0.9 }, fill, true);
      drawKey(shape, { width: 0, color: fill, alpha: 1 }, fill, false);
      return;
    case ObjectType.goal:
      shape.rect(-HALF, -HALF, UNIT, UNIT).fill({ color: theme.objects.green, alpha: 0.6 });
      return;
    case ObjectType.lava:
      shape.rect(-HALF, -HALF, UNIT, UNIT).fill({ color: theme.objects.red, alpha: 0.7 });
      return;
    default:
      shape.rect(-HALF, -HALF, UNIT, UNIT).fill({ color: fill, alpha: 0.25 });
  }
}

/** A key as a ring, a shaft and two teeth; once widened as the outline, once as itself. */
function drawKey(
  shape: Graphics,
  stroke: { width: number; color: string; alpha: number },
  fill: string,
  outline: boolean,
): void {
  const grow = stroke.width / 2;
  const color = outline ? { color: stroke.color, alpha: stroke.alpha } : { color: fill, alpha: 1 };
  shape.circle(0, -38, 27).stroke({ width: 20 + stroke.width, ...color });
  const bar = (x: number, y: number, width: number, height: number) =>
    shape.roundRect(x - grow, y - grow, width + 2 * grow, height + 2 * grow, 5 + grow).fill(color);
  bar(-9, -14, 18, 84);
  bar(0, 50, 34, 17);
  bar(0, 22, 26, 16);
}

/**
 * Draws a door around (0, 0). `openness` 0 is shut, 1 is open: the leaf slides into its post, so
 * that an open door is a frame that one can walk through.
 */
export function drawDoor(
  shape: Graphics,
  theme: Theme,
  color: number,
  state: number,
  openness: number,
): void {
  const fill = objectColor(theme, color);
  shape.rect(-HALF, -HALF, UNIT, UNIT).fill(theme.floor);
  shape
    .roundRect(-HALF + 9, -HALF + 9, UNIT - 18, UNIT - 18, 10)
    .stroke({ width: 22, color: theme.outline, alpha: 0.9 });
  shape
    .roundRect(-HALF + 9, -HALF + 9, UNIT - 18, UNIT - 18, 10)
    .stroke({ width: 14, color: fill });
  const width = 150 - 122 * openness;
  shape
    .roundRect(-75, -75, width, 150, 6)
    .fill(fill)
    .stroke({ width: 5, color: theme.outline, alpha: 0.75 });
  if (openness < 0.5) {
    const fade = 1 - openness * 2;
    shape
      .roundRect(-62, -62, width - 32, 124, 8)
      .stroke({ width: 7, color: theme.outline, alpha: 0.5 * fade });
    if (state === DoorState.locked) {
      shape.circle(0, -14, 24).fill({ color: theme.outline, alpha: fade });
      shape.poly([-9, 0, 9, 0, 18, 48, -18, 48]).fill({ color: theme.outline, alpha: fade });
    } else {
      shape.circle(50, 0, 13).fill({ color: theme.outline, alpha: fade });
    }
  }
}

/** Draws the agent around (0, 0), looking to +x. */
export function drawAgent(shape: Graphics, theme: Theme): void {
  shape.moveTo(74, 0);
  shape
    .quadraticCurveTo(70, 7, 60, 12)
    .lineTo(-46, 62)
    .quadraticCurveTo(-66, 68, -60, 46)
    .lineTo(-36, 0)
    .lineTo(-60, -46)
    .quadraticCurveTo(-66, -68, -46, -62)
    .lineTo(60, -12)
    .quadraticCurveTo(70, -7, 74, 0)
    .closePath()
    .fill(theme.doer)
    .stroke({ width: 9, color: theme.outline, alpha: 0.95, join: 'round' });
}
