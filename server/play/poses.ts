import { cellState, cellType, type EnvState, type VectorEnv } from '../../envs/index.ts';
import {
  Action,
  AGENT_VIEW_X,
  AGENT_VIEW_Y,
  DoorState,
  ObjectType,
  VIEW_BYTES,
  VIEW_SIZE,
} from '../../shared/constants.ts';
import { forwardOf, type Pose, rightOf } from '../policy/goalFrame.ts';

/** Where the agent stands. */
export function poseOf(state: EnvState): Pose {
  const { agentX: x, agentY: y, agentDir: direction } = state;
  return { x, y, direction };
}

/** Where the agent stands after an action: episodes that end are reset before anyone could look. */
export function poseAfter(state: EnvState, action: number): Pose {
  const pose = poseOf(state);
  const { direction } = pose;
  if (action === Action.left) return { ...pose, direction: (direction + 3) % 4 };
  if (action === Action.right) return { ...pose, direction: (direction + 1) % 4 };
  const front = state.frontCode();
  const type = cellType(front);
  const open =
    type === ObjectType.empty || (type === ObjectType.door && cellState(front) === DoorState.open);
  if (action === Action.forward && open) return { x: state.frontX, y: state.frontY, direction };
  return pose;
}

/** Whether a world cell is lit in the present observation of one world. */
export function sees(worlds: VectorEnv, env: number, x: number, y: number): boolean {
  return isLit(worlds.observations, env * VIEW_BYTES, poseOf(worlds.envs[env].state), x, y);
}

/** Whether a world cell is lit in the observation that begins at `offset`, seen from `pose`. */
export function isLit(
  images: Uint8Array,
  offset: number,
  pose: Pose,
  x: number,
  y: number,
): boolean {
  const vx = AGENT_VIEW_X + rightOf(pose, x, y);
  const vy = AGENT_VIEW_Y - forwardOf(pose, x, y);
  if (vx < 0 || vy < 0 || vx >= VIEW_SIZE || vy >= VIEW_SIZE) return false;
  return images[offset + (vx * VIEW_SIZE + vy) * 3] !== 0;
}
