import {
  type BabyAIEnv,
  createEnv,
  EndBit,
  EndlessGenerationError,
  type Seed,
} from '../../../envs/index.ts';
import { verifyReplay } from '../../../envs/replay.ts';
import { VIEW_BYTES } from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import type { Replay } from '../../../shared/replay.ts';

/** A dataset, or a file that is to become one, with which something is wrong; in one line. */
export class DatasetError extends Error {
  override name = 'DatasetError';
}

/** One episode as datasets have it: n steps, n + 1 observations. */
export interface Episode {
  /** What it is called in messages. */
  readonly name: string;
  readonly levelId: string;
  /** Undefined where the dataset does not tell: then nothing can be verified. */
  readonly seed: Seed | undefined;
  readonly mission: string;
  /** Bytes of one image: 147, or width × height × 3 where the whole world was observed. */
  readonly imageBytes: number;
  /** (n + 1) × imageBytes */
  readonly images: Uint8Array;
  /** n + 1 */
  readonly directions: Uint8Array;
  /** n of each; rewards are the mission's, as Minigrid pays them. */
  readonly actions: Uint8Array;
  readonly rewards: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  /** What the Planner wanted at each step, where a Planner played. */
  readonly goals?: readonly Goal[];
}

export interface Goal {
  /** Undefined where there is no goal. */
  readonly subgoal: string | undefined;
  /** World cell; −1 where the goal has no target. */
  readonly x: number;
  readonly y: number;
}

/** Plays a replay again and writes down what the agent saw. Throws a DatasetError where it is not as recorded. */
export function episodeOf(replay: Replay, name: string): Episode {
  const verdict = verifyReplay(replay);
  if (!verdict.ok) throw new DatasetError(`${name}: ${verdict.difference}`);
  const { actions, seed, levelId, mission, mind } = replay;
  const steps = actions.length;
  const env = createEnv(levelId);
  const images = new Uint8Array((steps + 1) * VIEW_BYTES);
  const directions = new Uint8Array(steps + 1);
  const rewards = new Float64Array(steps);
  const terminations = new Uint8Array(steps);
  const truncations = new Uint8Array(steps);
  const first = env.reset(seed);
  images.set(first.image);
  directions[0] = first.direction;
  for (let t = 0; t < steps; t++) {
    const result = env.step(actions[t]);
    images.set(result.observation.image, (t + 1) * VIEW_BYTES);
    directions[t + 1] = result.observation.direction;
    rewards[t] = result.reward;
    terminations[t] = Number(result.terminated);
    truncations[t] = Number(result.truncated);
  }
  return {
    ...{ name, levelId, seed, mission, imageBytes: VIEW_BYTES, images, directions },
    ...{ actions: Uint8Array.from(actions), rewards, terminations, truncations },
    goals: mind?.subgoals.map((subgoal, t) => ({
      subgoal: SUBGOALS[subgoal],
      x: mind.goalX[t],
      y: mind.goalY[t],
    })),
  };
}

/**
 * Plays the episodes of a dataset again in our worlds. One instance for one dataset, in the order of its episodes:
 * in some levels an environment that has been used draws another world for the same seed than a fresh one
 * (as in Minigrid), and a dataset may have been collected either way.
 */
export class EpisodeVerifier {
  private readonly used = new Map<string, BabyAIEnv>();

  /** Compares every observation, reward and ending. Returns the first difference, or undefined. */
  verify(episode: Episode): string | undefined {
    const { seed, levelId } = episode;
    if (seed === undefined) return 'no seed is given, so that the world cannot be made again';
    try {
      const used = this.used.get(levelId) ?? createEnv(levelId);
      this.used.set(levelId, used);
      return compare(used, seed, episode) && compare(createEnv(levelId), seed, episode);
    } catch (error) {
      return (error as Error).message;
    }
  }
}

/** As `differenceOf`; a level that can never be made is a difference as well. */
function compare(env: BabyAIEnv, seed: Seed, episode: Episode): string | undefined {
  try {
    return differenceOf(env, seed, episode);
  } catch (error) {
    if (error instanceof EndlessGenerationError) return error.message;
    throw error;
  }
}

function differenceOf(env: BabyAIEnv, seed: Seed, episode: Episode): string | undefined {
  const { imageBytes, actions } = episode;
  const steps = actions.length;
  const first = env.reset(seed);
  const { width, height } = env.state;
  const isWhole = imageBytes !== VIEW_BYTES && imageBytes === width * height * 3;
  if (imageBytes !== VIEW_BYTES && !isWhole)
    return `images have ${imageBytes} bytes; accepted: ${VIEW_BYTES}, or ${width * height * 3} for the whole world`;
  if (env.mission !== episode.mission)
    return `mission is “${episode.mission}”, but the level's is “${env.mission}”`;
  let seen: Uint8Array = first.image;
  for (let t = 0; ; t++) {
    const image = isWhole ? wholeWorld(env) : seen;
    const at = image.findIndex((byte, i) => byte !== episode.images[t * imageBytes + i]);
    if (at >= 0)
      return `byte ${at} of observation ${t} is ${episode.images[t * imageBytes + at]}, but it comes out as ${image[at]}`;
    if (env.state.agentDir !== episode.directions[t])
      return `direction ${t} is ${episode.directions[t]}, but it comes out as ${env.state.agentDir}`;
    if (t === steps) return undefined;
    const end = env.advance(actions[t]);
    if (env.viewChanged && !isWhole) seen = env.observe();
    // Minari marks an episode that its collector left as truncated.
    const isLeft = t === steps - 1 && episode.truncations[t] === 1;
    const compared: [string, number, number][] = [
      ['reward', episode.rewards[t], env.reward],
      ['termination', episode.terminations[t], end & EndBit.terminated ? 1 : 0],
      ['truncation', episode.truncations[t], isLeft || end & EndBit.truncated ? 1 : 0],
    ];
    // Rewards may have been stored in single precision.
    for (const [what, theirs, ours] of compared)
      if (theirs !== ours && Math.fround(theirs) !== Math.fround(ours))
        return `${what} of step ${t} is ${theirs}, but it comes out as ${ours}`;
  }
}

const AGENT = 10;
const AGENT_COLOR = 0;

/** What Minigrid's FullyObsWrapper shows: the grid with the agent in it. */
function wholeWorld({ state }: BabyAIEnv): Uint8Array {
  const grid = state.gridBytes();
  const at = (state.agentX * state.height + state.agentY) * 3;
  grid.set([AGENT, AGENT_COLOR, state.agentDir], at);
  return grid;
}
