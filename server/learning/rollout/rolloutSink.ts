import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { Seat } from '../../play/seat.ts';
import type { Sink, Table, Turn } from '../../play/table.ts';
import { act, writeGoal } from '../../policy/act.ts';
import type { Weights } from '../../policy/model.ts';
import { GOAL_FEATURES } from '../../tasks/babyai/features.ts';
import { ObservationRows } from '../../tasks/babyai/observation.ts';
import type { TokenRows } from '../../tasks/babyai/targets.ts';
import type { Rollout } from './rollout.ts';

/** What the expert says about a step; −1 where it says nothing. */
export interface Labels {
  action: number;
  subgoal: number;
  /** Class of the subgoal's target. */
  target: number;
  /** Whether the kept goal was still right: 1 or 0. */
  keptGoalRight: number;
}
export const NO_LABELS: Labels = { action: -1, subgoal: -1, target: -1, keptGoalRight: -1 };

/** Where an episode was cut off by its step limit. */
interface CutOff {
  /** Entry of the rollout. */
  at: number;
  observation: ObservationRows;
  zH: Float32Array;
  zL: Float32Array;
}

/** Writes what is played into a rollout, for learning. */
export class RolloutSink implements Sink {
  private readonly rollout: Rollout;
  private readonly rewardScale: number;
  private readonly labels: (seat: Seat, tokens: TokenRows) => Labels;
  private readonly draws: boolean;
  private readonly cutOff: CutOff[] = [];
  /** Turns begun. */
  private turns = 0;

  /**
   * @param labels what the expert says about a seat's present step
   * @param draws whether the Planner's decisions are drawn, and so can be learnt from
   */
  constructor(
    rollout: Rollout,
    rewardScale: number,
    labels: (seat: Seat, tokens: TokenRows) => Labels,
    draws = false,
  ) {
    this.rollout = rollout;
    this.rewardScale = rewardScale;
    this.labels = labels;
    this.draws = draws;
  }

  /** Entry of the rollout for a seat's present step. */
  entry(seat: Seat): number {
    return (this.turns - 1) * this.rollout.envs + seat.index;
  }

  thought({ table, thought }: Turn): void {
    const { rollout } = this;
    const { envs } = rollout;
    const base = this.turns++ * envs;
    rollout.observations.copy(base, table.observations, 0, envs);
    rollout.zH.set(table.zH, base * rollout.carryWidth);
    rollout.zL.set(table.zL, base * rollout.carryWidth);
    rollout.goals.set(table.keptGoals, base * GOAL_FEATURES);
    rollout.replanned.set(thought.replanned, base);
    rollout.probabilities.set(thought.probabilities, base * NUM_ACTIONS);
    rollout.values.set(thought.values, base);
    if (this.draws) rollout.planner.note(base, thought);
    for (const seat of table.seats) {
      const i = base + seat.index;
      const tokens = table.observations.tokens(seat.index);
      const { action, subgoal, target, keptGoalRight } = this.labels(seat, tokens);
      rollout.expertActions[i] = action;
      rollout.expertSubgoals[i] = subgoal;
      rollout.expertTargets[i] = target;
      rollout.keptGoalRight[i] = keptGoalRight;
      if (!thought.replanned[seat.index]) continue;
      const { subgoals, places } = thought;
      const at = i * GOAL_FEATURES;
      writeGoal(subgoals[seat.index], places, seat.index, rollout.newGoals, at);
    }
  }

  decided({ table, thought, actions }: Turn): void {
    const { rollout } = this;
    for (const seat of table.seats) {
      const i = this.entry(seat);
      const action = actions[seat.index];
      const probability = thought.probabilities[seat.index * NUM_ACTIONS + action];
      rollout.actions[i] = action;
      rollout.logProbs[i] = Math.log(Math.max(probability, 1e-8));
    }
  }

  stepped(seat: Seat): undefined {
    const { rollout } = this;
    const { reward, goalReward = 0, terminated, truncated } = seat.episode;
    const i = this.entry(seat);
    rollout.rewards[i] = reward * this.rewardScale;
    rollout.planner.rewards[i] = (reward - goalReward) * this.rewardScale;
    rollout.terminated[i] = terminated ? 1 : 0;
    rollout.truncated[i] = truncated && !terminated ? 1 : 0;
  }

  ended(seat: Seat, { table }: Turn): void {
    const at = this.entry(seat);
    if (!this.rollout.truncated[at]) return;
    table.look(seat);
    const observation = new ObservationRows(1);
    observation.copy(0, table.observations, seat.index, 1);
    this.cutOff.push({ at, observation, zH: seat.zH.slice(), zL: seat.zL.slice() });
  }

  /** Adds the values of the states after the last step, and of those in which episodes were cut off. */
  async finish(table: Table, weights: Weights): Promise<void> {
    const { rollout, cutOff } = this;
    const { envs, carryWidth } = rollout;
    const total = envs + cutOff.length;
    const observations = new ObservationRows(total);
    const zH = new Float32Array(total * carryWidth);
    const zL = new Float32Array(total * carryWidth);
    const goals = new Int32Array(total * GOAL_FEATURES).fill(-1);
    for (const seat of table.seats) table.look(seat);
    observations.copy(0, table.observations, 0, envs);
    zH.set(table.zH);
    zL.set(table.zL);
    goals.set(table.keptGoals);
    for (const [k, end] of cutOff.entries()) {
      observations.copy(envs + k, end.observation, 0, 1);
      zH.set(end.zH, (envs + k) * carryWidth);
      zL.set(end.zL, (envs + k) * carryWidth);
    }
    const { values, plannersValues } = await act(table.model, weights, {
      inputs: table.builder.build(observations),
      zH,
      zL,
      goals,
      replanning: new Uint8Array(total).fill(2),
    });
    rollout.lastValues.set(values.subarray(0, envs));
    if (plannersValues) rollout.planner.lastValues.set(plannersValues.subarray(0, envs));
    for (const [k, { at }] of cutOff.entries()) rollout.finalValues[at] = values[envs + k];
  }
}
