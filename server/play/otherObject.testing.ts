import { createEnv } from '../../envs/index.ts';
import type { Replay } from '../../shared/replay.ts';

const TYPES = ['door', 'key', 'ball', 'box'];
const COLORS = ['red', 'green', 'blue', 'purple', 'yellow', 'grey'];

/** The first object of a world that its mission does not name, and whether an episode faces it before any other. */
export function otherObject(levelId: string, seed: number) {
  const { state } = createEnv(levelId, { seed });
  const nameOf = (id: number) =>
    `${COLORS[state.objectColor[id]]} ${TYPES[state.objectType[id] - 4]}`;
  const id = Array.from({ length: state.objectCount }, (_, i) => i).find(
    (one) => !state.mission.includes(nameOf(one)),
  );
  const target = id === undefined ? undefined : { x: state.objectX[id], y: state.objectY[id] };
  const facesFirst = (replay: Replay) => {
    const world = createEnv(levelId, { seed });
    for (const action of replay.actions) {
      world.step(action);
      if (world.state.frontObject() < 0) continue;
      return world.state.frontX === target?.x && world.state.frontY === target.y;
    }
    return false;
  };
  return { target, facesFirst };
}
