import { Container, Graphics, Sprite, Texture } from 'pixi.js';
import { ObjectType } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import { cellIndex, type EpisodeView, type Frame, frameAt } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';
import { UNIT } from './layout.ts';
import type { Moment } from './motion.ts';

/** Floor and walls: drawn once for each episode and theme. */
export function drawGround(shape: Graphics, episode: EpisodeView, theme: Theme): void {
  const { width, height } = episode;
  const grid = frameAt(episode, 0).grid;
  const isWall = (x: number, y: number) =>
    x >= 0 &&
    y >= 0 &&
    x < width &&
    y < height &&
    grid[cellIndex(height, x, y) * 3] === ObjectType.wall;
  shape.clear();
  shape.roundRect(0, 0, width * UNIT, height * UNIT, 24).fill(theme.wall);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (!isWall(x, y)) shape.rect(x * UNIT, y * UNIT, UNIT, UNIT);
    }
  }
  shape.fill(theme.floor);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (isWall(x, y)) continue;
      if (!isWall(x + 1, y))
        shape.moveTo((x + 1) * UNIT, y * UNIT).lineTo((x + 1) * UNIT, (y + 1) * UNIT);
      if (!isWall(x, y + 1))
        shape.moveTo(x * UNIT, (y + 1) * UNIT).lineTo((x + 1) * UNIT, (y + 1) * UNIT);
    }
  }
  shape.stroke({ width: 3, color: theme.floorLine });
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (isWall(x, y)) continue;
      const left = x * UNIT;
      const top = y * UNIT;
      if (isWall(x, y - 1)) shape.rect(left, top, UNIT, 12);
      if (isWall(x - 1, y)) shape.rect(left, top, 12, UNIT);
    }
  }
  shape.fill({ color: theme.wallEdge, alpha: 0.55 });
}

/** What the agent does not see now is dimmed; what it has never seen, more so. */
export interface Fog {
  readonly container: Container;
  draw(episode: EpisodeView, moment: Moment, theme: Theme): void;
}

const REMEMBERED_ALPHA = 0.36;
const UNKNOWN_ALPHA = 0.66;

export function createFog(): Fog {
  const container = new Container();
  let sprites: Sprite[] = [];
  let drawn: { episode?: EpisodeView; frame?: number; fog?: string } = {};
  /** Cells whose dimming changes on the way to the next frame, with both values. */
  let changing: { sprite: Sprite; from: number; to: number }[] = [];
  return {
    container,
    draw(episode, { frame, t }, theme) {
      if (drawn.episode?.width !== episode.width || drawn.episode.height !== episode.height) {
        for (const sprite of sprites) sprite.destroy();
        sprites = makeSprites(container, episode.width, episode.height);
        drawn = {};
      }
      if (drawn.fog !== theme.fog) for (const sprite of sprites) sprite.tint = theme.fog;
      if (drawn.episode !== episode || drawn.frame !== frame) {
        const now = frameAt(episode, frame);
        const next = frameAt(episode, frame + 1);
        changing = [];
        for (const [i, sprite] of sprites.entries()) {
          const [from, to] = [dimming(now, i), dimming(next, i)];
          if (from !== to) changing.push({ sprite, from, to });
          else if (sprite.alpha !== from) sprite.alpha = from;
        }
      }
      drawn = { episode, frame, fog: theme.fog };
      for (const { sprite, from, to } of changing) sprite.alpha = from + (to - from) * t;
    },
  };
}

function dimming(frame: Frame, index: number): number {
  if (frame.visible[index]) return 0;
  return frame.seen[index] ? REMEMBERED_ALPHA : UNKNOWN_ALPHA;
}

function makeSprites(container: Container, width: number, height: number): Sprite[] {
  const sprites: Sprite[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const sprite = new Sprite(Texture.WHITE);
      sprite.position.set(x * UNIT, y * UNIT);
      sprite.setSize(UNIT, UNIT);
      container.addChild(sprite);
      sprites.push(sprite);
    }
  }
  return sprites;
}

/** The border of what the agent sees now, one shape for each of the two frames it fades between. */
export interface ViewOutline {
  readonly container: Container;
  draw(episode: EpisodeView, moment: Moment, theme: Theme): void;
}

export function createViewOutline(): ViewOutline {
  const container = new Container();
  const slots: { shape: Graphics; drawn?: Frame }[] = [
    { shape: new Graphics() },
    { shape: new Graphics() },
  ];
  let drawnTheme: Theme | undefined;
  container.addChild(...slots.map(({ shape }) => shape));
  return {
    container,
    draw(episode, { frame, t }, theme) {
      for (const offset of [0, 1]) {
        const wanted = frameAt(episode, frame + offset);
        const slot = at(slots, (frame + offset) % 2);
        if (slot.drawn !== wanted || drawnTheme !== theme) {
          slot.drawn = wanted;
          traceVisible(slot.shape.clear(), wanted, episode.width, episode.height, theme);
        }
        slot.shape.alpha = offset === 0 ? 1 - t : t;
      }
      drawnTheme = theme;
    },
  };
}

function traceVisible(
  shape: Graphics,
  frame: Frame,
  width: number,
  height: number,
  theme: Theme,
): void {
  const sees = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && frame.visible[cellIndex(height, x, y)] === 1;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) if (sees(x, y)) shape.rect(x * UNIT, y * UNIT, UNIT, UNIT);
  }
  shape.fill({ color: theme.doer, alpha: 0.06 });
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (!sees(x, y)) continue;
      const [l, t, r, b] = [x * UNIT, y * UNIT, (x + 1) * UNIT, (y + 1) * UNIT];
      if (!sees(x - 1, y)) shape.moveTo(l, t).lineTo(l, b);
      if (!sees(x + 1, y)) shape.moveTo(r, t).lineTo(r, b);
      if (!sees(x, y - 1)) shape.moveTo(l, t).lineTo(r, t);
      if (!sees(x, y + 1)) shape.moveTo(l, b).lineTo(r, b);
    }
  }
  shape.stroke({ width: 6, color: theme.doer, alpha: 0.65, cap: 'round' });
}
