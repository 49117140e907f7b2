import { EVAL_SEED_BASE, NUM_ACTIONS } from '../../shared/constants.ts';
import type { Baseline, Baselines } from '../store/state.ts';
import { taskOf } from '../tasks/index.ts';
import type { PageWorld } from '../tasks/task.ts';

export const BASELINE_EPISODES = { random: 200, expert: 60 } as const;
/** Steps after which the work may be interrupted. */
const STEPS_AT_ONCE = 64;

/**
 * How well random actions and the scripted expert do on a level: held-out seeds, mission reward only.
 * It yields every few steps, so that it can run in a page's idle time. The same level
 * gives the same figures. Throws where the level is unknown.
 */
export function* baselinesOf(
  levelId: string,
  episodes: { random: number; expert: number } = BASELINE_EPISODES,
): Generator<undefined, Baselines> {
  return {
    expert: yield* measure(levelId, episodes.expert, (world) => world.expert()),
    random: yield* measure(levelId, episodes.random, (_, episode) => {
      const next = smallRandom(episode + 1);
      return () => Math.floor(next() * NUM_ACTIONS);
    }),
  };
}

/** Chooses the next action; undefined gives up. */
type Chooser = () => number | undefined;

function* measure(
  levelId: string,
  episodes: number,
  begin: (world: PageWorld, episode: number) => Chooser,
): Generator<undefined, Baseline> {
  let [success, length, reward] = [0, 0, 0];
  for (let episode = 0; episode < episodes; episode++) {
    const world = taskOf(levelId).createWorld(levelId, EVAL_SEED_BASE + episode);
    const choose = begin(world, episode);
    for (let step = 0; !world.over; step++) {
      const action = choose();
      if (action === undefined) break;
      world.step(action);
      length++;
      if (step % STEPS_AT_ONCE === STEPS_AT_ONCE - 1) yield;
    }
    if (world.success) success++;
    reward += world.missionReward;
    yield;
  }
  return {
    success: success / episodes,
    length: length / episodes,
    reward: reward / episodes,
    episodes,
  };
}

/** Mulberry32: draws in [0, 1) that are the same for the same seed. */
function smallRandom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
