import {
  type BabyAIEnv,
  createEnv,
  StepEvent,
  viewToWorldX,
  viewToWorldY,
  visibilityMask,
} from '../../envs/index.ts';
import { VIEW_SIZE } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import type { Replay } from '../../shared/replay.ts';
import type { EpisodeOrigin, EpisodeView, Frame } from '../store/frames.ts';

/**
 * Plays the episode again from level, seed and actions, and compares every state hash.
 * Throws where the level is unknown. A hash that differs does not stop it: `mismatch` names the frame.
 */
export function simulate(replay: Replay, origin: EpisodeOrigin): EpisodeView {
  const env = createEnv(replay.levelId, { seed: replay.seed });
  const { width, height, maxSteps } = env.state;
  let frame = captureFrame(env, undefined);
  const frames = [frame];
  let mismatch = env.stateHash() === replay.hashes[0] ? -1 : 0;
  for (const [step, action] of replay.actions.entries()) {
    env.advance(action);
    frame = captureFrame(env, frame);
    frames.push(frame);
    if (mismatch < 0 && env.stateHash() !== replay.hashes[step + 1]) mismatch = step + 1;
  }
  return {
    replay,
    width,
    height,
    maxSteps,
    frames,
    finalHash: env.stateHash(),
    mismatch,
    origin,
  };
}

const mask = new Uint8Array(VIEW_SIZE * VIEW_SIZE);

/** The present state as a frame; shares with the frame before it whatever the step left alone. */
function captureFrame(env: BabyAIEnv, before: Frame | undefined): Frame {
  const { state } = env;
  const held = state.carrying;
  const carrying =
    held < 0 ? undefined : { type: at(state.objectType, held), color: at(state.objectColor, held) };
  const pose = { agentX: state.agentX, agentY: state.agentY, direction: state.agentDir };
  const same = before && env.event === StepEvent.useless;
  if (same || (before && env.event === StepEvent.bumped)) return { ...before, ...pose, carrying };
  const moved = env.event === StepEvent.moved || env.event === StepEvent.turned;
  const visible = visibleCells(env);
  return {
    ...pose,
    carrying,
    grid: before && moved ? before.grid : state.gridBytes(),
    visible,
    seen: before ? union(before.seen, visible) : visible,
  };
}

/** World cells that the agent sees now, at `x * height + y`. */
function visibleCells({ state }: BabyAIEnv): Uint8Array {
  const cells = new Uint8Array(state.width * state.height);
  visibilityMask(state, mask);
  for (let vx = 0; vx < VIEW_SIZE; vx++) {
    for (let vy = 0; vy < VIEW_SIZE; vy++) {
      if (!mask[vx * VIEW_SIZE + vy]) continue;
      const x = viewToWorldX(state, vx, vy);
      const y = viewToWorldY(state, vx, vy);
      if (state.isInside(x, y)) cells[x * state.height + y] = 1;
    }
  }
  return cells;
}

/** Both sets together; the first array itself where the second adds nothing. */
function union(known: Uint8Array, added: Uint8Array): Uint8Array {
  let result = known;
  for (let i = 0; i < added.length; i++) {
    if (!added[i] || result[i]) continue;
    if (result === known) result = known.slice();
    result[i] = 1;
  }
  return result;
}
