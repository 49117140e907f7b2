import { Action, DIRECTION_VECTORS } from '../../../shared/constants.ts';
import { isSameGoal, SUBGOALS, type Subgoal, type WorldGoal } from '../../../shared/goals.ts';
import type { Seat } from '../../play/seat.ts';
import type { Sink, Turn } from '../../play/table.ts';
import { NO_SUBGOAL } from '../../tasks/babyai/features.ts';
import type { Pose } from '../../tasks/babyai/goalFrame.ts';
import { FIRST_TOKEN, placeOf, targetAt } from '../../tasks/babyai/targets.ts';
import type { Rollout } from './rollout.ts';

const EXPLORE = SUBGOALS.indexOf('explore');

/** What was done to the thing that the agent faces when its mission is done. */
const DONE_BY: Partial<Record<number, Subgoal>> = {
  [Action.pickup]: 'pickup',
  [Action.drop]: 'drop',
  [Action.toggle]: 'open',
};

/** Before a step: where the agent stood, and the goal that it kept. */
interface Before {
  pose: Pose;
  kept: WorldGoal;
}

/**
 * Tells the Planner in hindsight which goal would have been right: of an episode that succeeded, what the agent faced and
 * did when the mission was done. Nobody but the reward knows that. As long as it has not seen that thing, the goal is to
 * explore the cell where it will find it. (Relabelling with what was reached: Andrychowicz et al. 2017, arXiv 1707.01495;
 * here of successes alone, and for the goals, not the actions.) What is picked up, dropped or opened on the way is not
 * labelled: early in learning nearly all of that is done in vain, and as goals it teaches the Planner to want it.
 */
export class Hindsight implements Sink {
  private readonly rollout: Rollout;
  private readonly before: Before[] = [];
  /** By entry: the goal that an episode's success there shows, or undefined where it failed. */
  private readonly ends = new Map<number, WorldGoal | undefined>();
  private turns = 0;

  constructor(rollout: Rollout) {
    this.rollout = rollout;
  }

  thought({ table }: Turn): void {
    this.turns++;
    for (const { episode, goal } of table.seats) {
      const { subgoal, x, y } = goal;
      this.before.push({ pose: episode.pose, kept: { subgoal, x, y } });
    }
  }

  ended(seat: Seat, { actions }: Turn): void {
    const entry = (this.turns - 1) * this.rollout.envs + seat.index;
    const { pose, success } = seat.episode;
    const [right, down] = DIRECTION_VECTORS[pose.direction];
    const subgoal = SUBGOALS.indexOf(DONE_BY[actions[seat.index]] ?? 'goNextTo');
    const goal = { subgoal, x: pose.x + right, y: pose.y + down };
    this.ends.set(entry, success ? goal : undefined);
  }

  /** Writes labels where the expert has given none. Call it when the rollout is complete. */
  label(): void {
    const { steps, envs, expertSubgoals } = this.rollout;
    for (let env = 0; env < envs; env++) {
      let goal: WorldGoal | undefined;
      for (let t = steps - 1; t >= 0; t--) {
        const entry = t * envs + env;
        if (this.ends.has(entry)) goal = this.ends.get(entry);
        if (goal && expertSubgoals[entry] < 0) this.labelEntry(entry, goal);
      }
    }
  }

  private labelEntry(entry: number, goal: WorldGoal): void {
    const { rollout } = this;
    const { pose, kept } = this.before[entry];
    const tokens = rollout.observations.tokens(entry);
    const target = targetAt(placeOf(pose, goal.x, goal.y), tokens);
    // An empty cell in which something is dropped has no token, seen or not.
    const isKnown = target >= FIRST_TOKEN || SUBGOALS[goal.subgoal] === 'drop';
    const subgoal = isKnown ? goal.subgoal : EXPLORE;
    rollout.expertSubgoals[entry] = subgoal;
    rollout.expertTargets[entry] = target;
    if (kept.subgoal === NO_SUBGOAL) return;
    // Where there is still something to be found, any way of exploring is as right as that one.
    const isRight = isKnown ? isSameGoal(kept, goal) : kept.subgoal === EXPLORE;
    rollout.keptGoalRight[entry] = isRight ? 1 : 0;
  }
}
