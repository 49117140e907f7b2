import { Container, Graphics } from 'pixi.js';
import { Action, ObjectType } from '../../shared/constants.ts';
import { CORRIDOR, CorridorEpisode, LENGTH } from '../../shared/corridor.testing.ts';
import { PICTURES } from '../scene/pictures.ts';
import { TASKS } from './index.ts';
import type { PageWorld } from './task.ts';

class CorridorWorld extends CorridorEpisode implements PageWorld {
  stateHash(): number {
    return this.worldHash();
  }
  frame() {
    const grid = new Uint8Array(LENGTH * 3).map((_, i) => (i % 3 === 0 ? ObjectType.floor : 0));
    const all = new Uint8Array(LENGTH).fill(1);
    const pose = { agentX: this.place, agentY: 0, direction: 0 };
    return { ...pose, grid, carrying: undefined, visible: all, seen: all };
  }
  expert() {
    return () => (this.side < 0 ? Action.left : Action.right);
  }
}

/** A strip with a dot on it: nothing of BabyAI's look. */
function createStrip() {
  const [ground, things, agent] = [new Graphics(), new Container(), new Graphics()];
  agent.circle(0, 0, 50).fill('#ffffff');
  return {
    ground,
    things,
    agent,
    draw: ({ pose }: { pose: { x: number } }) => {
      ground
        .clear()
        .rect(0, 80, LENGTH * 200, 40)
        .fill('#888888');
      agent.position.set((pose.x + 0.5) * 200, 100);
    },
  };
}

const owns = (levelId: string) => levelId === CORRIDOR;

/** All that another task is for the page. */
export function addCorridor(): void {
  TASKS.unshift({
    owns,
    createWorld(_, seed) {
      const world = new CorridorWorld();
      world.begin(seed);
      return world;
    },
    draw: ({ frames }, step) =>
      `<svg xmlns="http://www.w3.org/2000/svg"><circle cx="${frames[step]?.agentX}" r="1"/></svg>`,
  });
  PICTURES.unshift({ draws: owns, create: createStrip });
}
