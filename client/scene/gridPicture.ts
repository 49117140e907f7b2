import { Container, Graphics } from 'pixi.js';
import type { EpisodeView } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';
import { UNIT } from './layout.ts';
import { createObjects } from './objects.ts';
import type { WorldPicture } from './picture.ts';
import { drawAgent } from './shapes.ts';
import { drawGround } from './world.ts';

/** BabyAI's rooms: walls and floor, objects and doors, and an agent that faces a direction. */
export function createGridPicture(): WorldPicture {
  const ground = new Graphics();
  const objects = createObjects();
  const marker = new Graphics();
  const agent = new Container();
  agent.addChild(marker, objects.carried);
  let groundOf: { episode: EpisodeView; theme: Theme } | undefined;
  let agentTheme: Theme | undefined;
  return {
    ground,
    things: objects.container,
    agent,
    draw({ episode, moment, pose, theme, letters }) {
      if (groundOf?.episode !== episode || groundOf.theme !== theme) {
        drawGround(ground, episode, theme);
        groundOf = { episode, theme };
      }
      if (agentTheme !== theme) {
        drawAgent(marker.clear(), theme);
        agentTheme = theme;
      }
      objects.draw(episode, moment, pose, theme, letters);
      marker.position.set((pose.x + 0.5) * UNIT, (pose.y + 0.5) * UNIT);
      marker.rotation = pose.angle;
    },
  };
}
