import { COLOR_NAMES, type ColorName, DoorState, ObjectType } from '../shared/constants.ts';
import { cellColor, cellState, cellType, EMPTY_CELL, WALL_CELL } from './cells.ts';
import { createEnv } from './env.ts';
import type { LevelSpec } from './levels/family.ts';
import type { EnvState } from './state.ts';

/** The stage's colours (client/styles/tokens.css explains them): a key looks the same everywhere. */
export const PAINT: Readonly<Record<ColorName, string>> = {
  red: '#c22a2c',
  green: '#4fcf9b',
  blue: '#2f5fd0',
  purple: '#d673f5',
  yellow: '#fddb36',
  grey: '#868b92',
};
const FLOOR = '#1d2126';
const WALL = '#59616b';
const AGENT = '#ffffff';
const TRAIL = '#43c6f2';
/** Length of a cell's side in the drawing's units. */
const CELL = 8;

/**
 * A level as a small picture: walls, doors (open: a frame; closed: with a handle; locked: filled), keys,
 * balls and boxes in their colours, and the agent as an arrowhead. An SVG document of a few kB that
 * scales to any size, titled with the mission; the same text for the same level and seed. `level` is
 * what `createEnv` takes, and it throws what `createEnv` throws.
 */
export function thumbnail(level: string | LevelSpec, seed = 0): string {
  return drawState(createEnv(level, { seed }).state);
}

/** Draws the present state of an environment. */
export function drawState(state: EnvState): string {
  return drawCells({
    width: state.width,
    height: state.height,
    codeAt: (x, y) => state.codeAt(x, y),
    agent: { x: state.agentX, y: state.agentY, dir: state.agentDir },
    title: state.mission,
  });
}

/** What can be drawn: the cells' codes (`cells.ts`) and the agent. */
export interface Drawable {
  width: number;
  height: number;
  codeAt: (x: number, y: number) => number;
  agent: { readonly x: number; readonly y: number; readonly dir: number };
  /** Cells that the agent has come through, oldest first. */
  trail?: readonly { readonly x: number; readonly y: number }[];
  /** What the picture is called, in plain text. */
  title: string;
}

/** Draws cells that belong to no environment. */
export function drawCells(drawable: Drawable): string {
  const { width, height, codeAt, agent: pose, title, trail = [] } = drawable;
  const shapes: string[] = [];
  // One path for all: between separate ones a browser would show seams.
  let walls = '';
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const code = codeAt(x, y);
      if (code === EMPTY_CELL) continue;
      if (code !== WALL_CELL) shapes.push(drawThing(code, x * CELL, y * CELL));
      else if (x === 0 || codeAt(x - 1, y) !== WALL_CELL) {
        let end = x + 1;
        while (end < width && codeAt(end, y) === WALL_CELL) end++;
        const length = (end - x) * CELL;
        walls += `M${x * CELL} ${y * CELL}h${length}v${CELL}h-${length}z`;
      }
    }
  const turned = `translate(${pose.x * CELL + 4} ${pose.y * CELL + 4}) rotate(${90 * pose.dir})`;
  const agent = `<path fill="${AGENT}" transform="${turned}" d="M3.4 0L-2.8 3L-1.4 0L-2.8-3z"/>`;
  const middle = ({ x, y }: { x: number; y: number }) => `${x * CELL + 4} ${y * CELL + 4}`;
  const way =
    trail.length > 1
      ? `<path fill="none" stroke="${TRAIL}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round" d="M${trail.map(middle).join('L')}"/>`
      : '';
  const [w, h] = [width * CELL, height * CELL];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img">` +
    `<title>${title}</title>${rect(FLOOR, 0, 0, w, h)}<path fill="${WALL}" d="${walls}"/>${shapes.join('')}${way}${agent}</svg>`
  );
}

function rect(fill: string, x: number, y: number, w: number, h: number): string {
  return `<rect fill="${fill}" x="${x}" y="${y}" width="${w}" height="${h}"/>`;
}
function frame(paint: string, x: number, y: number, side: number): string {
  return `<rect fill="none" stroke="${paint}" x="${x}" y="${y}" width="${side}" height="${side}"/>`;
}
function disc(paint: string, x: number, y: number, r: number): string {
  return `<circle fill="${paint}" cx="${x}" cy="${y}" r="${r}"/>`;
}

function drawThing(code: number, x: number, y: number): string {
  const paint = PAINT[COLOR_NAMES[cellColor(code)]];
  const draw = (kind: string, shape: string) => `<g class="${kind}">${shape}</g>`;
  switch (cellType(code)) {
    case ObjectType.door:
      return draw('door', drawDoor(paint, cellState(code), x, y));
    case ObjectType.key:
      return draw(
        'key',
        `<path fill="none" stroke="${paint}" stroke-width="1.2" d="M${x + 4} ${y + 3.6}v3.4h1.8m-1.8-1.6h1.4"/>` +
          disc(paint, x + 4, y + 2.4, 1.7),
      );
    case ObjectType.ball:
      return draw('ball', disc(paint, x + 4, y + 4, 2.7));
    default:
      return draw('box', frame(paint, x + 1.5, y + 1.5, 5) + rect(paint, x + 1.5, y + 3.6, 5, 0.8));
  }
}

function drawDoor(paint: string, state: number, x: number, y: number): string {
  if (state === DoorState.locked)
    return (
      rect(paint, x, y, CELL, CELL) +
      disc(FLOOR, x + 4, y + 3.4, 1.3) +
      rect(FLOOR, x + 3.5, y + 4, 1, 2.4)
    );
  const outline = frame(paint, x + 0.5, y + 0.5, CELL - 1);
  return state === DoorState.open ? outline : outline + disc(paint, x + 5.6, y + 4, 1);
}
