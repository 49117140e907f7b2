import { Graphics } from 'pixi.js';
import { pairs } from '../../shared/indexing.ts';
import { UNIT } from '../scene/layout.ts';
import type { Position } from '../store/frames.ts';
import type { Theme } from '../theme/theme.ts';

/** A place on the expert's way; `acts` where it picks up, puts down or toggles there. */
export interface ExpertStop extends Position {
  acts: boolean;
}

/** What the expert would do from here: a dashed line with a square wherever it handles something. */
export interface ExpertWay {
  readonly shape: Graphics;
  /** The same list is not drawn again. */
  draw(stops: readonly ExpertStop[], theme: Theme): void;
}

const DASH = 0.28;

export function createExpertWay(): ExpertWay {
  const shape = new Graphics();
  let drawn: unknown[] = [];
  return {
    shape,
    draw(stops, theme) {
      const inputs = [stops, theme];
      if (inputs.every((value, i) => value === drawn[i])) return;
      drawn = inputs;
      shape.clear();
      const px = (cell: number) => (cell + 0.5) * UNIT;
      for (const [a, b] of pairs(stops)) {
        const [dx, dy] = [b.x - a.x, b.y - a.y];
        if (dx === 0 && dy === 0) continue;
        for (const from of [0.1, 0.6]) {
          shape
            .moveTo(px(a.x + dx * from), px(a.y + dy * from))
            .lineTo(px(a.x + dx * (from + DASH)), px(a.y + dy * (from + DASH)));
        }
      }
      shape.stroke({ width: 13, color: theme.good, alpha: 0.85, cap: 'round' });
      for (const { x, y, acts } of stops) if (acts) shape.rect(px(x) - 22, px(y) - 22, 44, 44);
      shape.fill({ color: theme.good, alpha: 0.95 });
      const last = stops.at(-1);
      if (last) shape.circle(px(last.x), px(last.y), 26).stroke({ width: 10, color: theme.good });
    },
  };
}
