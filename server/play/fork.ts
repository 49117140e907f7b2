import type { Replay } from '../../shared/replay.ts';
import type { Change, EpisodePlayer, PlayTask } from './play.ts';
import { PlayError } from './playError.ts';

export interface ForkTask {
  replay: Replay;
  /** Steps of the original that are kept. */
  at: number;
  /** Who plays: the original's policy, or another one. */
  source: PlayTask['source'];
  name: string;
  /** What is played otherwise from there on. */
  change?: Omit<Change, 'at'>;
  /** Stop after so many steps in all, although the episode is not over. */
  maxSteps?: number;
}

export interface Fork {
  replay: Replay;
  /** Whether every step of the original came out again, in world and thought, and it ended as it did. */
  sameAsOriginal: boolean;
  /** First step that did not; undefined where all did. */
  firstDifference: number | undefined;
}

/**
 * Plays an episode on from one of its frames. The policy thinks along from the start, with the original's
 * actions and settings, so that at the frame carry, memory, goal and chance are the original's, where it is the same
 * policy. Actions that were given to the original stay given. Throws what `EpisodePlayer.play` throws, and a
 * PlayError where there is no such frame.
 */
export async function fork(player: EpisodePlayer, task: ForkTask): Promise<Fork> {
  const { replay: original, at, source, name, change, maxSteps } = task;
  const { outcome, played, levelId, seed } = original;
  const isOver = outcome.terminated || outcome.truncated;
  const last = isOver ? outcome.steps - 1 : outcome.steps;
  if (at > last)
    throw new PlayError('at', `is ${at}; accepted: 0 to ${last}, where this episode can go on`);
  // Older recordings do not say how goals were taken, and those of episodes that were learnt from have no chance of their
  // own: the likeliest come nearest.
  const isOwn = played?.planner !== 'expert' && (await player.hasPlanner(source));
  const replay = await player.play({
    ...{ source, name, runId: '', envSteps: original.source.envSteps, levelId, seed },
    greedy: played?.greedy ?? false,
    goals: isOwn ? (played?.goals ?? 'likeliest') : undefined,
    chance: played?.chance,
    depth: played?.depth,
    ablation: played?.ablation ?? 'none',
    planner: played?.planner,
    doer: played?.doer,
    overrides: played?.overrides ?? [],
    actions: original.actions.slice(0, Math.max(at, played?.forced ?? 0)),
    change: change && { ...change, at },
    maxSteps,
  });
  const firstDifference = differenceOf(original, replay);
  const endsAlike =
    !isOver ||
    (replay.outcome.steps === outcome.steps &&
      replay.outcome.success === outcome.success &&
      replay.outcome.missionReward === outcome.missionReward);
  return {
    replay,
    sameAsOriginal: firstDifference === undefined && endsAlike,
    firstDifference,
  };
}

const THOUGHTS = ['values', 'subgoals', 'goalX', 'goalY', 'confidence', 'replans'] as const;

/** First step of the original that differs in the other episode. */
function differenceOf(original: Replay, other: Replay): number | undefined {
  const steps = original.outcome.steps;
  const width = original.mind ? original.mind.probabilities.length / Math.max(1, steps) : 0;
  for (let t = 0; t < steps; t++) {
    const isSame =
      original.actions[t] === other.actions[t] &&
      original.hashes[t + 1] === other.hashes[t + 1] &&
      (!original.mind || !other.mind || thinksAlike(original.mind, other.mind, t, width));
    if (!isSame) return t;
  }
  return undefined;
}

type Mind = NonNullable<Replay['mind']>;

function thinksAlike(a: Mind, b: Mind, t: number, width: number): boolean {
  for (let i = t * width; i < (t + 1) * width; i++)
    if (a.probabilities[i] !== b.probabilities[i]) return false;
  return THOUGHTS.every((name) => a[name][t] === b[name][t]);
}
