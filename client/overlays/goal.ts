import { Container, Graphics, Text } from 'pixi.js';
import type { GoalNow } from '../selectors/goals.ts';
import type { Theme } from '../theme/theme.ts';

/** World units per cell, as the scene draws them. */
const UNIT = 200;
/** Share of a step for which a replan flashes. */
const FLASH_STEPS = 1.6;

export interface GoalMarkInput {
  goal: GoalNow | undefined;
  /** Agent's place in world cells, as drawn. */
  agent: { x: number; y: number };
  /** Steps since the goal was chosen, with fractions. */
  sinceReplan: number;
  theme: Theme;
  still: boolean;
}

/** The Planner's target cell: an outline, a dotted line to it, and a ring that spreads when it replans. */
export interface GoalMark {
  /** Drawn below the objects: the target's floor and the way to it. */
  readonly under: Container;
  /** Drawn above them: the outline and the flash. */
  readonly over: Container;
  draw(input: GoalMarkInput): void;
}

export function createGoalMark(): GoalMark {
  const under = new Graphics();
  const over = new Graphics();
  return {
    under,
    over,
    draw({ goal, agent, sinceReplan, theme, still }) {
      under.clear();
      over.clear();
      const target = goal?.target;
      if (!goal) return;
      const fresh = still ? 0 : Math.max(0, 1 - sinceReplan / FLASH_STEPS);
      const at = target ?? agent;
      const x = at.x * UNIT;
      const y = at.y * UNIT;
      if (target) {
        drawPath(under, agent, target, theme);
        const grow = 16 * fresh;
        under
          .roundRect(x + 4 - grow, y + 4 - grow, UNIT - 8 + 2 * grow, UNIT - 8 + 2 * grow, 22)
          .fill({ color: theme.planner, alpha: 0.2 + 0.25 * fresh });
        drawCorners(over, x - grow, y - grow, UNIT + 2 * grow, theme);
      }
      if (fresh > 0) {
        over
          .circle(x + UNIT / 2, y + UNIT / 2, UNIT * (0.6 + 0.9 * (1 - fresh)))
          .stroke({ width: 16 * fresh, color: theme.planner, alpha: fresh });
      }
    },
  };
}

function drawCorners(shape: Graphics, x: number, y: number, side: number, theme: Theme): void {
  const arm = side * 0.3;
  const inset = 6;
  const [l, t, r, b] = [x + inset, y + inset, x + side - inset, y + side - inset];
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
    .stroke({ width: 15, color: theme.planner, cap: 'round', join: 'round' });
}

function drawPath(
  shape: Graphics,
  agent: { x: number; y: number },
  target: { x: number; y: number },
  theme: Theme,
): void {
  const dx = target.x - agent.x;
  const dy = target.y - agent.y;
  const length = Math.hypot(dx, dy);
  if (length < 1.1) return;
  const from = 0.55;
  const to = length - 0.6;
  const dots = Math.max(1, Math.round((to - from) / 0.3));
  for (let i = 0; i <= dots; i++) {
    const along = (from + ((to - from) * i) / dots) / length;
    shape.circle((agent.x + 0.5 + dx * along) * UNIT, (agent.y + 0.5 + dy * along) * UNIT, 9);
  }
  shape.fill({ color: theme.planner, alpha: 0.55 });
}

export interface GoalLabelInput {
  goal: GoalNow | undefined;
  /** Centre of the target, or of the agent where the goal has no target, in stage pixels. */
  x: number;
  y: number;
  /** Centre of the agent in stage pixels: the label keeps off it. */
  agentX: number;
  agentY: number;
  /** Half a cell in stage pixels. */
  half: number;
  stageWidth: number;
  stageHeight: number;
  theme: Theme;
}

/** The goal in words with the Planner's confidence, beside its target and always inside the stage. */
export interface GoalLabel {
  readonly container: Container;
  draw(input: GoalLabelInput): void;
}

export function createGoalLabel(): GoalLabel {
  const container = new Container();
  const plate = new Graphics();
  const name = new Text({ text: '', style: { fontSize: 13, fontWeight: '600' } });
  const share = new Text({ text: '', style: { fontSize: 13 } });
  container.addChild(plate, name, share);
  let key = '';
  let width = 0;
  const height = 24;
  return {
    container,
    draw({ goal, x, y, agentX, agentY, half, stageWidth, stageHeight, theme }) {
      container.visible = goal !== undefined;
      if (!goal) return;
      const percent = `${Math.round(goal.confidence * 100)} %`;
      const nextKey = `${goal.label}|${percent}|${theme.dark}`;
      if (nextKey !== key) {
        key = nextKey;
        const ink = theme.dark ? '#1b1206' : '#ffffff';
        name.text = goal.label;
        name.style.fontFamily = theme.font;
        name.style.fill = ink;
        share.text = percent;
        share.style.fontFamily = theme.font;
        share.style.fill = ink;
        share.alpha = 0.85;
        width = Math.ceil(name.width + share.width + 26);
        name.position.set(9, Math.round((height - name.height) / 2));
        share.position.set(Math.ceil(name.width) + 17, Math.round((height - share.height) / 2));
        plate.clear().roundRect(0, 0, width, height, 7).fill(theme.planner);
      }
      const left = Math.min(Math.max(6, x - width / 2), stageWidth - width - 6);
      const above = y - half - height - 8;
      const below = y + half + 8;
      const covers = (top: number) =>
        agentX + half > left &&
        agentX - half < left + width &&
        agentY + half > top &&
        agentY - half < top + height;
      const beside = above >= 6 && !covers(above) ? above : below;
      // A target may lie beyond the world's edge, where the agent has not looked yet.
      const top = Math.min(Math.max(6, beside), stageHeight - height - 6);
      container.position.set(Math.round(left), Math.round(top));
    },
  };
}
