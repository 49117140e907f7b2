import { Container, Graphics } from 'pixi.js';
import { at } from '../../shared/indexing.ts';
import { UNIT } from '../scene/layout.ts';
import type { GoalNow } from '../selectors/goals.ts';
import type { Position } from '../store/frames.ts';
import type { Theme } from '../theme/theme.ts';

/** Steps in which a new goal settles on its target. */
const SETTLE_STEPS = 1.2;
const DOT_EVERY = 0.25;

export interface GoalMarkInput {
  goal: GoalNow | undefined;
  /** Agent's place in world cells, as drawn. */
  agent: Position;
  /** The way to the target, from the agent's cell on; empty where none is known. */
  path: readonly Position[];
  /** Steps since the goal was chosen, with fractions. */
  sinceReplan: number;
  theme: Theme;
  still: boolean;
}

/** The Planner's target cell: an outline that settles on it when the goal is new, and a dotted way to it. */
export interface GoalMark {
  /** Drawn below the objects: the target's floor and the way to it. */
  readonly under: Container;
  /** Drawn above them: the outline. */
  readonly over: Container;
  draw(input: GoalMarkInput): void;
}

export function createGoalMark(): GoalMark {
  const under = new Container();
  const over = new Container();
  const way = new Graphics();
  const floor = new Graphics();
  const corners = new Graphics();
  under.addChild(way, floor);
  over.addChild(corners);
  let drawnTheme: Theme | undefined;
  let drawnPath: readonly Position[] | undefined;
  for (const shape of [floor, corners]) shape.pivot.set(UNIT / 2);

  function drawShapes(theme: Theme): void {
    floor
      .clear()
      .roundRect(4, 4, UNIT - 8, UNIT - 8, 22)
      .fill(theme.planner);
    drawCorners(corners.clear(), theme);
  }

  return {
    under,
    over,
    draw({ goal, agent, path, sinceReplan, theme, still }) {
      under.visible = over.visible = goal !== undefined;
      if (!goal) return;
      if (drawnTheme !== theme) drawShapes(theme);
      if (drawnPath !== path || drawnTheme !== theme) drawPath(way.clear(), path, theme);
      drawnTheme = theme;
      drawnPath = path;
      const { target } = goal;
      const at = target ?? agent;
      const fresh = still ? 0 : Math.max(0, 1 - sinceReplan / SETTLE_STEPS);
      const grown = 1 + 0.9 * fresh * fresh;
      way.visible = floor.visible = corners.visible = target !== undefined;
      for (const shape of [floor, corners]) {
        shape.position.set((at.x + 0.5) * UNIT, (at.y + 0.5) * UNIT);
        shape.scale.set(grown);
      }
      floor.alpha = (theme.dark ? 0.2 : 0.3) + 0.25 * fresh;
      corners.alpha = 1 - 0.6 * fresh;
    },
  };
}

/** What the goal's frame is cut out with: things of strong colours stand close to it. */
const CASING = 9;

function drawCorners(shape: Graphics, theme: Theme): void {
  const width = theme.dark ? 15 : 20;
  strokeCorners(shape, width + 2 * CASING, theme.casing);
  strokeCorners(shape, width, theme.planner);
}

function strokeCorners(shape: Graphics, width: number, color: string): void {
  const arm = UNIT * 0.3;
  const [l, t, r, b] = [6, 6, UNIT - 6, UNIT - 6];
  shape
    .moveTo(l, t + arm)
    .lineTo(l, t)
    .lineTo(l + arm, t)
    .moveTo(r - arm, t)
    .lineTo(r, t)
    .lineTo(r, t + arm)
    .moveTo(r, b - arm)
    .lineTo(r, b)
    .lineTo(r - arm, b)
    .moveTo(l + arm, b)
    .lineTo(l, b)
    .lineTo(l, b - arm)
    .stroke({ width, color, cap: 'round', join: 'round' });
}

/** Dots along the way, from beyond the agent to before the target. */
function drawPath(shape: Graphics, path: readonly Position[], theme: Theme): void {
  const length = path.length - 1;
  for (let along = 0.7; along < length - 0.55; along += DOT_EVERY) {
    const from = at(path, Math.floor(along));
    const to = at(path, Math.floor(along) + 1);
    const part = along % 1;
    const x = from.x + (to.x - from.x) * part;
    const y = from.y + (to.y - from.y) * part;
    shape.circle((x + 0.5) * UNIT, (y + 0.5) * UNIT, 9);
  }
  if (length > 1) shape.fill({ color: theme.planner, alpha: theme.dark ? 0.75 : 0.95 });
}
