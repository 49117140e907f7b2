import { Graphics } from 'pixi.js';
import { Action } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import type { Theme } from '../theme/theme.ts';

/**
 * The Doer's probabilities around the agent: a petal to its left, ahead and to its right for turning
 * and walking, and an arc around it for handling (picking up, putting down, toggling, done) together.
 */
export interface ChoicePetals {
  readonly shape: Graphics;
  /** @param probabilities in the order of ACTION_NAMES, 0 to 1 */
  draw(probabilities: readonly number[], chosen: number, theme: Theme): void;
}

const PETALS = [
  [Action.left, -Math.PI / 2],
  [Action.forward, 0],
  [Action.right, Math.PI / 2],
] as const;
const ROOT = 50;
const REACH = 84;
const ARC = 96;
const LEAST = 0.02;

export function createChoicePetals(): ChoicePetals {
  const shape = new Graphics();
  let drawn: unknown[] = [];
  return {
    shape,
    draw(probabilities, chosen, theme) {
      const inputs = [theme, chosen, ...probabilities];
      if (inputs.length === drawn.length && inputs.every((value, i) => value === drawn[i])) return;
      drawn = inputs;
      shape.clear();
      for (const [action, angle] of PETALS) {
        const share = at(probabilities, action);
        if (share < LEAST) continue;
        const alpha = action === chosen ? 0.95 : 0.45;
        drawPetal(shape, angle, Math.sqrt(share), { color: theme.doer, alpha }, theme);
      }
      const handling = 1 - PETALS.reduce((sum, [action]) => sum + at(probabilities, action), 0);
      if (handling < LEAST) return;
      const handled = PETALS.every(([action]) => action !== chosen);
      // Opens on both sides from straight ahead.
      const half = Math.PI * handling;
      shape
        .arc(0, 0, ARC, -half, half)
        .stroke({ width: 12, color: theme.doer, alpha: handled ? 0.95 : 0.45, cap: 'round' });
    },
  };
}

function drawPetal(
  shape: Graphics,
  angle: number,
  size: number,
  fill: { color: string; alpha: number },
  theme: Theme,
): void {
  const at = (radius: number, turn: number): [number, number] => [
    radius * Math.cos(angle + turn),
    radius * Math.sin(angle + turn),
  ];
  const tip = ROOT + REACH * size;
  const half = 0.16 + 0.16 * size;
  shape
    .moveTo(...at(ROOT, -half * 0.6))
    .lineTo(...at(tip - 26, -half))
    .lineTo(...at(tip, 0))
    .lineTo(...at(tip - 26, half))
    .lineTo(...at(ROOT, half * 0.6))
    .closePath()
    .fill(fill)
    .stroke({ width: 3, color: theme.outline, alpha: 0.5 });
}
