import { SUBGOALS } from '../../shared/goals.ts';
import type { Ablation } from '../../shared/play.ts';
import type { Policy, Weights } from '../policy/model.ts';
import { Random } from '../policy/random.ts';
import { taskOf } from '../tasks/index.ts';
import type { Task } from '../tasks/task.ts';
import { type GivenGoal, GivenGoals } from './givenGoals.ts';
import { Score, type Tally } from './score.ts';
import type { Seat, SeatParts } from './seat.ts';
import { drawnActions, frozenDoer, likeliestActions } from './sources.ts';
import { type Sink, Table } from './table.ts';

export interface EvaluateOptions {
  levelId: string;
  episodes: number;
  /** Level seeds are seedBase, seedBase + 1, … */
  seedBase: number;
  /** Take the likeliest action instead of drawing one. */
  greedy: boolean;
  /** `other-object`: at the start the Planner is told to go to an object that the mission does not mean. */
  override?: 'other-object';
  /** Planner updates each time it replans; by default as trained. */
  depth?: number;
  /** What is switched off; by default nothing. */
  ablation?: Ablation;
  /** Seed of the draws of actions; by default each episode's own seed. */
  chance?: number;
  /** Worlds played at the same time. */
  batch?: number;
  onProgress?: (done: number) => void;
}

const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');

/** Random choices of an episode that nobody learns from. */
export const chanceOf = (seed: number) => new Random(seed, 7);

/** Who acts where nobody learns. */
export function actionsOf({
  greedy,
  ablation,
}: Pick<EvaluateOptions, 'greedy' | 'ablation'>): SeatParts['actions'] {
  const actions = greedy ? likeliestActions : drawnActions;
  return ablation === 'frozenDoer' ? frozenDoer(actions) : actions;
}

/**
 * Plays episodes on the given seeds without learning. Each episode has its own chance, so the batch size
 * does not matter.
 */
export async function evaluate(
  model: Policy,
  weights: Weights,
  options: EvaluateOptions,
  task: Task = taskOf(options.levelId),
): Promise<Tally> {
  const { levelId, episodes, seedBase, ablation, depth } = options;
  const other = options.override ? new OtherObject() : undefined;
  const followed = other && ((seat: Seat) => other.wasFollowed(seat));
  const score = new Score(followed, options.onProgress);
  const sinks: Sink[] = other ? [score, other] : [score];
  let next = 0;
  const table = new Table(
    model,
    Array.from({ length: Math.min(options.batch ?? 64, episodes) }, () => {
      const world = task.createWorld(levelId, { memory: model.config.memory });
      const goals = new GivenGoals((seat) => other?.goalAt(seat), ablation);
      const actions = actionsOf(options);
      return { world, chance: chanceOf(0), goals, actions, asks: true };
    }),
    (seat) => {
      if (next >= episodes) return false;
      const seed = seedBase + next++;
      seat.begin(seed);
      seat.chance = chanceOf(options.chance ?? seed);
      return true;
    },
  );
  while (table.playing) await table.turn(weights, sinks, depth);
  return score.tally();
}

/** Starts each episode with the goal to go to an object that the mission does not mean. */
class OtherObject implements Sink {
  /** By seat: the object's cell, and 1 when it was faced first, 0 when another was, −1 so far neither. */
  private readonly aims = new Map<Seat, { x: number; y: number; first: number } | undefined>();

  goalAt(seat: Seat): GivenGoal | undefined {
    if (seat.episode.steps > 0) return undefined;
    const object = seat.things?.all().find(({ meant }) => !meant);
    const aim = object && { x: object.x, y: object.y };
    this.aims.set(seat, aim && { ...aim, first: -1 });
    return aim && { ...aim, subgoal: GO_NEXT_TO, until: 'end' };
  }

  stepped(seat: Seat): undefined {
    const aim = this.aims.get(seat);
    const faced = seat.things?.faced();
    if (!aim || aim.first >= 0 || !faced) return;
    aim.first = faced.x === aim.x && faced.y === aim.y ? 1 : 0;
  }

  wasFollowed(seat: Seat): boolean {
    return this.aims.get(seat)?.first === 1;
  }
}
