import { Container, Graphics } from 'pixi.js';
import type { EpisodeView } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';

const UNIT = 200;
const TRAIL_STEPS = 48;

/** Where the agent has just been: a line that fades with age. */
export interface Trail {
  readonly container: Container;
  draw(episode: EpisodeView, frame: number, agent: { x: number; y: number }, theme: Theme): void;
}

export function createTrail(): Trail {
  const container = new Container();
  const shape = new Graphics();
  container.addChild(shape);
  return {
    container,
    draw(episode, frame, agent, theme) {
      shape.clear();
      const first = Math.max(0, frame - TRAIL_STEPS);
      for (let at = first; at <= frame; at++) {
        const from = episode.frames[at];
        const to =
          at === frame
            ? agent
            : { x: episode.frames[at + 1].agentX, y: episode.frames[at + 1].agentY };
        if (from.agentX === to.x && from.agentY === to.y) continue;
        const age = (at - first + 1) / (frame - first + 1);
        shape
          .moveTo((from.agentX + 0.5) * UNIT, (from.agentY + 0.5) * UNIT)
          .lineTo((to.x + 0.5) * UNIT, (to.y + 0.5) * UNIT)
          .stroke({ width: 18, color: theme.doer, alpha: 0.4 * age * age, cap: 'round' });
      }
    },
  };
}
