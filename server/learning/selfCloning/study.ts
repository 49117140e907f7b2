import { once, type Sink, Table, type Turn } from '../../play/table.ts';
import { writeGoal } from '../../policy/act.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import { Random } from '../../policy/random.ts';
import { GOAL_FEATURES } from '../../tasks/babyai/features.ts';
import { taskOf } from '../../tasks/index.ts';
import type { Episode } from '../../tasks/task.ts';
import { Rollout } from '../rollout/rollout.ts';
import type { Attempt } from './attemptBook.ts';
import { GivenChoices, goalOfCode, KEPT } from './choices.ts';

/** Attempts that are followed at the same time. */
const TOGETHER = 32;

/**
 * Follows attempts once more with the present weights, whose carry is then that of a policy that acts so, and writes each
 * step down as one to learn from: what was decided in it stands where an expert's advice would.
 * @param onTurn called before each step of all of them
 * @param spare entries to leave at the end of the rollout
 */
export async function study(
  model: Policy,
  weights: Weights,
  attempts: readonly Attempt[],
  onTurn?: () => void,
  spare = 0,
): Promise<{ rollout: Rollout; rows: Int32Array }> {
  const steps = attempts.reduce((sum, { actions }) => sum + actions.length, 0);
  const rollout = new Rollout(steps + spare, 1, model.config.latents * model.config.width);
  const sink = new StudySink(rollout, attempts);
  // Those of one length together: the others would wait for the longest.
  const order = [...attempts.keys()].sort(
    (a, b) => attempts[a].actions.length - attempts[b].actions.length || a - b,
  );
  for (let from = 0; from < order.length; from += TOGETHER)
    await sink.follow(model, weights, order.slice(from, from + TOGETHER), onTurn);
  return { rollout, rows: sink.leading() };
}

/**
 * The steps of an episode without its circles: where world and agent are as they were before, and nothing was seen
 * meanwhile that had not been seen, the steps since then led nowhere.
 */
export class Path {
  steps: number[] = [];
  private readonly seen = new Set<number>();
  /** What was the case before each of `steps`. */
  private states: number[] = [];
  private readonly places = new Map<number, number>();

  /** Call before each step. */
  add(episode: Pick<Episode, 'worldHash' | 'sees' | 'width' | 'height' | 'steps'>): void {
    const { width, height } = episode;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) if (episode.sees(x, y)) this.seen.add(y * width + x);
    const state = episode.worldHash() * 4096 + this.seen.size;
    const before = this.places.get(state);
    if (before !== undefined) {
      for (const gone of this.states.splice(before)) this.places.delete(gone);
      this.steps.splice(before);
    }
    this.places.set(state, this.steps.length);
    this.states.push(state);
    this.steps.push(episode.steps);
  }
}

class StudySink implements Sink {
  private readonly rollout: Rollout;
  private readonly attempts: readonly Attempt[];
  /** First entry of each attempt. */
  private readonly first: number[] = [];
  /** Attempt of each seat. */
  private seats: readonly number[] = [];
  private readonly paths: Path[];

  constructor(rollout: Rollout, attempts: readonly Attempt[]) {
    this.rollout = rollout;
    this.attempts = attempts;
    this.paths = attempts.map(() => new Path());
    let at = 0;
    for (const { actions } of attempts) {
      this.first.push(at);
      at += actions.length;
    }
  }

  /** Entries of the steps that led on: all but those after which everything was as it had been before. */
  leading(): Int32Array {
    return Int32Array.from(
      this.paths.flatMap((path, k) => path.steps.map((step) => this.first[k] + step)),
    );
  }

  async follow(
    model: Policy,
    weights: Weights,
    which: readonly number[],
    onTurn?: () => void,
  ): Promise<void> {
    this.seats = which;
    const chance = new Random(0);
    const parts = which.map((k) => {
      const { levelId } = this.attempts[k];
      const world = taskOf(levelId).createWorld(levelId, { memory: model.config.memory });
      const given = new GivenChoices();
      given.given = this.attempts[k];
      return { world, chance, goals: given, actions: given };
    });
    const deals = which.map((k) => once(this.attempts[k].seed));
    const table = new Table(model, parts, (seat) => deals[seat.index](seat));
    while (table.playing) {
      onTurn?.();
      await table.turn(weights, [this]);
    }
  }

  thought({ table, thought }: Turn): void {
    const { rollout } = this;
    for (const { index, playing, goal, episode } of table.seats) {
      if (!playing) continue;
      this.paths[this.seats[index]].add(episode);
      const attempt = this.attempts[this.seats[index]];
      const row = this.first[this.seats[index]] + episode.steps;
      const choice = attempt.choices[episode.steps];
      const replanned = thought.replanned[index];
      const { subgoal, target } =
        choice === KEPT ? { subgoal: -1, target: -1 } : goalOfCode(choice);
      rollout.observations.copy(row, table.observations, index, 1);
      const width = rollout.carryWidth;
      rollout.zH.set(table.zH.subarray(index * width, (index + 1) * width), row * width);
      rollout.zL.set(table.zL.subarray(index * width, (index + 1) * width), row * width);
      const kept = table.keptGoals.subarray(index * GOAL_FEATURES, (index + 1) * GOAL_FEATURES);
      rollout.goals.set(kept, row * GOAL_FEATURES);
      rollout.replanned[row] = replanned;
      rollout.actions[row] = attempt.actions[episode.steps];
      rollout.expertActions[row] = attempt.actions[episode.steps];
      rollout.expertSubgoals[row] = subgoal;
      rollout.expertTargets[row] = target;
      rollout.keptGoalRight[row] = goal.exists && !goal.isDue ? 1 - replanned : -1;
      if (replanned)
        writeGoal(
          thought.subgoals[index],
          thought.places,
          index,
          rollout.newGoals,
          row * GOAL_FEATURES,
        );
    }
  }

  stepped(seat: { index: number; episode: { steps: number } }): boolean {
    return seat.episode.steps >= this.attempts[this.seats[seat.index]].actions.length;
  }
}
