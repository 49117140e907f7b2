import { Container, Graphics, Text } from 'pixi.js';
import type { GoalNow } from '../selectors/goals.ts';
import type { Theme } from '../theme/theme.ts';
import { type Box, placeLabel } from './placeLabel.ts';

export interface GoalLabelInput {
  goal: GoalNow | undefined;
  /** Cell of the target, or of the agent where the goal has none, in stage pixels. */
  target: Box;
  /** Objects and the agent, in stage pixels: the label keeps off them. The same list as long as they are the same. */
  occupied: readonly Box[];
  stage: { width: number; height: number };
  theme: Theme;
}

/** The goal in words with the Planner's confidence, beside its target, off everything else, always inside the stage. */
export interface GoalLabel {
  readonly container: Container;
  draw(input: GoalLabelInput): void;
}

const HEIGHT = 24;
/** Pixels around plate and leader by which they stand out from walls of a like brightness. */
const CASING = 1.5;

export function createGoalLabel(): GoalLabel {
  const container = new Container();
  const label = new Container();
  const line = new Graphics();
  const plate = new Graphics();
  const name = new Text({ text: '', style: { fontSize: 14, fontWeight: '600' } });
  const share = new Text({ text: '', style: { fontSize: 14 } });
  label.addChild(plate, name, share);
  container.addChild(line, label);
  let words = '';
  let width = 0;
  let placedFor: unknown[] = [];
  let former: { left: number; top: number } | undefined;
  let formerTarget = '';

  function write(goal: GoalNow, theme: Theme): void {
    const percent = goal.commanded ? 'as told' : `${Math.round(goal.confidence * 100)} %`;
    const next = `${goal.label}|${percent}|${theme.dark}`;
    if (next === words) return;
    words = next;
    const ink = theme.dark ? '#1b1206' : '#ffffff';
    for (const text of [name, share]) {
      text.style.fontFamily = theme.font;
      text.style.fill = ink;
    }
    name.text = goal.label;
    share.text = percent;
    share.alpha = 0.85;
    width = Math.ceil(name.width + share.width + 26);
    name.position.set(9, Math.round((HEIGHT - name.height) / 2));
    share.position.set(Math.ceil(name.width) + 17, Math.round((HEIGHT - share.height) / 2));
    plate
      .clear()
      .roundRect(-CASING, -CASING, width + 2 * CASING, HEIGHT + 2 * CASING, 7 + CASING)
      .fill(theme.casing)
      .roundRect(0, 0, width, HEIGHT, 7)
      .fill(theme.planner);
  }

  return {
    container,
    draw({ goal, target, occupied, stage, theme }) {
      container.visible = goal !== undefined;
      if (!goal) return;
      write(goal, theme);
      const key = [
        target.left,
        target.top,
        target.width,
        occupied,
        stage.width,
        stage.height,
        words,
      ];
      if (key.every((value, i) => value === placedFor[i])) return;
      placedFor = key;
      const targetKey = `${target.left} ${target.top} ${width}`;
      const place = placeLabel({
        width,
        height: HEIGHT,
        target,
        occupied,
        stage,
        former: targetKey === formerTarget ? former : undefined,
      });
      former = { left: place.left, top: place.top };
      formerTarget = targetKey;
      label.position.set(place.left, place.top);
      line.clear();
      if (!place.leader) return;
      const [x0, y0, x1, y1] = place.leader;
      for (const [wider, color] of [
        [CASING, theme.casing],
        [0, theme.planner],
      ] as const) {
        line
          .moveTo(x0, y0)
          .lineTo(x1, y1)
          .stroke({ width: 2 + 2 * wider, color });
        line.circle(x1, y1, 3 + wider).fill(color);
      }
    },
  };
}
