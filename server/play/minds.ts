import { NUM_ACTIONS } from '../../shared/constants.ts';
import type { Replay } from '../../shared/replay.ts';
import type { Seat } from './seat.ts';
import type { Sink, Turn } from './table.ts';

export type Mind = NonNullable<Replay['mind']>;

/** Writes down what the policy thinks at the first few seats, as a replay keeps it. */
export class Minds implements Sink {
  /** The present episode's columns of each of these seats. */
  readonly minds: Mind[];
  private readonly rewardScale: number;

  /**
   * @param seats how many are written down
   * @param rewardScale factor on rewards inside the learner: values are shown without it
   */
  constructor(seats: number, rewardScale: number) {
    this.minds = Array.from({ length: seats }, newMind);
    this.rewardScale = rewardScale;
  }

  decided(turn: Turn): void {
    const { minds } = this;
    for (const seat of turn.table.seats.slice(0, minds.length)) {
      if (!seat.playing) continue;
      if (seat.episode.steps === 0) minds[seat.index] = newMind();
      this.note(minds[seat.index], seat, turn);
    }
  }

  private note(mind: Mind, { index, goal }: Seat, { thought }: Turn): void {
    const replanned = thought.replanned[index];
    for (let a = 0; a < NUM_ACTIONS; a++)
      mind.probabilities.push(Math.round(1000 * thought.probabilities[index * NUM_ACTIONS + a]));
    mind.values.push(round(thought.values[index] / this.rewardScale, 4));
    mind.subgoals.push(goal.subgoal);
    mind.goalX.push(goal.x);
    mind.goalY.push(goal.y);
    const kept = mind.confidence.at(-1) ?? 0;
    mind.confidence.push(replanned ? Math.round(1000 * thought.confidence[index]) : kept);
    mind.replans.push(replanned);
    mind.ponder.push(1 + replanned);
  }
}

function newMind(): Mind {
  return {
    probabilities: [],
    values: [],
    subgoals: [],
    goalX: [],
    goalY: [],
    confidence: [],
    replans: [],
    ponder: [],
  };
}

/** Rounded to `digits` places; 0 where it is not finite. */
export function round(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0;
}
