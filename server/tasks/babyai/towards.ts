import { cellState, cellType, type EnvState } from '../../../envs/index.ts';
import { Action, DIRECTION_VECTORS, DoorState, ObjectType } from '../../../shared/constants.ts';

/** Enough for the largest registered world (22 × 22 cells, 4 directions). */
const queue = new Int32Array(64 * 64 * 4);
let distance = new Int16Array(0);

/**
 * First action of a shortest way to face the world cell (x, y) over free cells and open doors. −1 where
 * there is no such way; `done` where the agent faces the cell already.
 */
export function actionTowards(state: EnvState, x: number, y: number): number {
  const { width, height } = state;
  const poses = width * height * 4;
  if (distance.length < poses) distance = new Int16Array(poses);
  distance.fill(-1, 0, poses);
  const pose = (px: number, py: number, dir: number) => (py * width + px) * 4 + dir;
  let tail = 0;
  // Backwards from every pose that faces the cell, so that the first action is read off at the start.
  for (let dir = 0; dir < 4; dir++) {
    const [dx, dy] = DIRECTION_VECTORS[dir];
    const px = x - dx;
    const py = y - dy;
    if (!state.isInside(px, py) || !standable(state, px, py)) continue;
    distance[pose(px, py, dir)] = 0;
    queue[tail++] = pose(px, py, dir);
  }
  const start = pose(state.agentX, state.agentY, state.agentDir);
  for (let head = 0; head < tail && distance[start] < 0; head++) {
    const at = queue[head];
    const dir = at % 4;
    const px = Math.floor(at / 4) % width;
    const py = Math.floor(at / 4 / width);
    const visit = (vx: number, vy: number, vdir: number) => {
      const next = pose(vx, vy, vdir);
      if (distance[next] >= 0) return;
      distance[next] = distance[at] + 1;
      queue[tail++] = next;
    };
    visit(px, py, (dir + 1) % 4);
    visit(px, py, (dir + 3) % 4);
    const [dx, dy] = DIRECTION_VECTORS[dir];
    if (state.isInside(px - dx, py - dy) && standable(state, px - dx, py - dy))
      visit(px - dx, py - dy, dir);
  }
  const here = distance[start];
  if (here < 0) return -1;
  if (here === 0) return Action.done;
  const { agentX, agentY, agentDir, frontX, frontY } = state;
  const near = (px: number, py: number, dir: number) => {
    const value = distance[pose(px, py, dir)];
    return value >= 0 && value < here;
  };
  if (walkable(state, frontX, frontY) && near(frontX, frontY, agentDir)) return Action.forward;
  return near(agentX, agentY, (agentDir + 3) % 4) ? Action.left : Action.right;
}

function walkable(state: EnvState, x: number, y: number): boolean {
  const code = state.codeAt(x, y);
  const type = cellType(code);
  return (
    type === ObjectType.empty || (type === ObjectType.door && cellState(code) === DoorState.open)
  );
}

function standable(state: EnvState, x: number, y: number): boolean {
  return walkable(state, x, y) || (state.agentX === x && state.agentY === y);
}
