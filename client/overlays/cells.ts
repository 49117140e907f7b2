import { Container, Graphics, Text } from 'pixi.js';
import { UNIT } from '../scene/layout.ts';
import type { Theme } from '../theme/theme.ts';

/** One tinted cell, with a short text where there is room for it. */
export interface TintedCell {
  x: number;
  y: number;
  /** Strength of the tint, 0 to 1. */
  strength: number;
  text: string;
}

/** Tints cells of the world with one colour. */
export interface CellTint {
  readonly container: Container;
  /**
   * Draws the list; the same list is not drawn again.
   * @param size pixels of a cell: texts are left out where they could not be read
   */
  draw(cells: readonly TintedCell[], color: string, size: number, theme: Theme): void;
}

/** Cells narrower than this have no room for a text. */
const TEXT_FROM_PX = 34;
const TEXT_PX = 11;

/** @param edge where in its cell a text stands: two tints with different edges can be read together */
export function createCellTint(edge: 'top' | 'bottom'): CellTint {
  const container = new Container();
  const shape = new Graphics();
  const texts = new Container();
  container.addChild(shape, texts);
  let drawn: unknown[] = [];
  return {
    container,
    draw(cells, color, size, theme) {
      const inputs = [cells, color, size, theme];
      if (inputs.every((value, i) => value === drawn[i])) return;
      drawn = inputs;
      shape.clear();
      for (const { x, y, strength } of cells) {
        shape
          .roundRect(x * UNIT + 6, y * UNIT + 6, UNIT - 12, UNIT - 12, 16)
          .fill({ color, alpha: 0.08 + 0.6 * strength })
          .stroke({ width: 4, color, alpha: 0.25 + 0.6 * strength });
      }
      for (const child of texts.removeChildren()) child.destroy();
      if (size < TEXT_FROM_PX) return;
      for (const { x, y, text } of cells)
        if (text) texts.addChild(label(text, { x, y, edge, size }, theme));
    },
  };
}

/** At the cell's edge, so that the middle stays in sight. */
function label(
  text: string,
  { x, y, edge, size }: { x: number; y: number; edge: 'top' | 'bottom'; size: number },
  theme: Theme,
): Text {
  const node = new Text({
    text,
    style: {
      fontFamily: theme.font,
      fontSize: TEXT_PX * 2,
      fontWeight: '600',
      fill: theme.ink,
      stroke: { color: theme.panel, width: 5, join: 'round' },
    },
  });
  // Drawn at twice its size for sharp screens; the world's scale is undone.
  node.scale.set(UNIT / size / 2);
  const top = edge === 'top';
  node.anchor.set(0.5, top ? 0 : 1);
  node.position.set((x + 0.5) * UNIT, top ? y * UNIT + 10 : (y + 1) * UNIT - 8);
  return node;
}
