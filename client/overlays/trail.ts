import { Container, Graphics } from 'pixi.js';
import { pairs } from '../../shared/indexing.ts';
import { UNIT } from '../scene/layout.ts';
import { type EpisodeView, frameAt } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';

const TRAIL_STEPS = 48;
const WIDTH = 18;
/** Alpha of the newest part. */
const STRONGEST = 0.4;

/** Where the agent has just been: a line that fades with age. */
export interface Trail {
  readonly container: Container;
  draw(episode: EpisodeView, frame: number, agent: { x: number; y: number }, theme: Theme): void;
}

export function createTrail(): Trail {
  const container = new Container();
  const past = new Graphics();
  const now = new Graphics();
  container.addChild(past, now);
  let drawn: unknown[] = [];
  const px = (cell: number) => (cell + 0.5) * UNIT;
  return {
    container,
    draw(episode, frame, agent, theme) {
      const inputs = [episode, frame, theme];
      if (!inputs.every((value, i) => value === drawn[i])) {
        drawn = inputs;
        drawPast(past.clear(), episode, frame, theme);
      }
      const { agentX, agentY } = frameAt(episode, frame);
      now.clear();
      if (agentX === agent.x && agentY === agent.y) return;
      now
        .moveTo(px(agentX), px(agentY))
        .lineTo(px(agent.x), px(agent.y))
        .stroke({ width: WIDTH, color: theme.doer, alpha: STRONGEST, cap: 'round' });
    },
  };

  function drawPast(shape: Graphics, episode: EpisodeView, frame: number, theme: Theme): void {
    const first = Math.max(0, frame - TRAIL_STEPS);
    const steps = pairs(episode.frames.slice(first, frame + 1));
    for (const [i, [from, to]] of steps.entries()) {
      if (from.agentX === to.agentX && from.agentY === to.agentY) continue;
      const age = (i + 1) / (frame - first + 1);
      shape
        .moveTo(px(from.agentX), px(from.agentY))
        .lineTo(px(to.agentX), px(to.agentY))
        .stroke({ width: WIDTH, color: theme.doer, alpha: STRONGEST * age * age, cap: 'round' });
    }
  }
}
