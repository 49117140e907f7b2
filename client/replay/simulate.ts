import type { Replay } from '../../shared/replay.ts';
import type { EpisodeOrigin, EpisodeView } from '../store/frames.ts';
import { taskOf } from '../tasks/index.ts';

/**
 * Plays the episode again from level, seed and actions, and compares every state hash.
 * Throws where the level is unknown. A hash that differs does not stop it: `mismatch` names the frame.
 */
export function simulate(replay: Replay, origin: EpisodeOrigin): EpisodeView {
  const { levelId, seed, hashes, actions } = replay;
  const world = taskOf(levelId).createWorld(levelId, seed);
  const { width, height, maxSteps } = world;
  let frame = world.frame(undefined);
  const frames = [frame];
  let mismatch = world.stateHash() === hashes[0] ? -1 : 0;
  for (const [step, action] of actions.entries()) {
    world.step(action);
    frame = world.frame(frame);
    frames.push(frame);
    if (mismatch < 0 && world.stateHash() !== hashes[step + 1]) mismatch = step + 1;
  }
  const finalHash = world.stateHash();
  return { replay, width, height, maxSteps, frames, finalHash, mismatch, origin };
}
