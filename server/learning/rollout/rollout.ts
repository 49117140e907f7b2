import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { GOAL_FEATURES } from '../../tasks/babyai/features.ts';
import { ObservationRows } from '../../tasks/babyai/observation.ts';
import { PlannersDecisions } from './plannersDecisions.ts';

/**
 * Everything that learning needs of one rollout, step-major: entry `t * envs + e`. The carry is stored as
 * it was before the step, so that each sample can be differentiated on its own (one-step gradient).
 */
export class Rollout {
  readonly steps: number;
  readonly envs: number;
  readonly size: number;
  /** latents × width of the policy. */
  readonly carryWidth: number;
  readonly observations: ObservationRows;
  readonly zH: Float32Array;
  readonly zL: Float32Array;
  /** Rows of the goal kept before the step, and of the one announced at it where `replanned`. */
  readonly goals: Int32Array;
  readonly newGoals: Int32Array;
  readonly replanned: Uint8Array;
  readonly planner: PlannersDecisions;
  readonly actions: Int32Array;
  readonly logProbs: Float32Array;
  readonly probabilities: Float32Array;
  readonly values: Float32Array;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly finalValues: Float32Array;
  readonly lastValues: Float32Array;
  readonly expertActions: Int32Array;
  readonly expertSubgoals: Int32Array;
  readonly expertTargets: Int32Array;
  readonly keptGoalRight: Int8Array;
  readonly reference: Float32Array;
  readonly advantages: Float32Array;
  readonly returns: Float32Array;

  constructor(steps: number, envs: number, carryWidth: number) {
    const n = steps * envs;
    this.steps = steps;
    this.envs = envs;
    this.size = n;
    this.carryWidth = carryWidth;
    this.observations = new ObservationRows(n);
    this.zH = new Float32Array(n * carryWidth);
    this.zL = new Float32Array(n * carryWidth);
    this.goals = new Int32Array(n * GOAL_FEATURES);
    this.newGoals = new Int32Array(n * GOAL_FEATURES);
    this.replanned = new Uint8Array(n);
    this.planner = new PlannersDecisions(steps, envs);
    this.actions = new Int32Array(n);
    this.logProbs = new Float32Array(n);
    this.probabilities = new Float32Array(n * NUM_ACTIONS);
    this.values = new Float32Array(n);
    this.rewards = new Float32Array(n);
    this.terminated = new Uint8Array(n);
    this.truncated = new Uint8Array(n);
    this.finalValues = new Float32Array(n);
    this.lastValues = new Float32Array(envs);
    this.expertActions = new Int32Array(n);
    this.expertSubgoals = new Int32Array(n);
    this.expertTargets = new Int32Array(n);
    this.keptGoalRight = new Int8Array(n);
    this.reference = new Float32Array(n * NUM_ACTIONS);
    this.advantages = new Float32Array(n);
    this.returns = new Float32Array(n);
  }
  /** Takes over a state of another rollout, and what the policy decided in it; nobody's advice, and nothing of how it turned out. */
  copy(at: number, from: Rollout, entry: number): void {
    const { carryWidth } = this;
    this.observations.copy(at, from.observations, entry, 1);
    for (const part of ['zH', 'zL'] as const)
      this[part].set(
        from[part].subarray(entry * carryWidth, (entry + 1) * carryWidth),
        at * carryWidth,
      );
    for (const part of ['goals', 'newGoals'] as const)
      this[part].set(
        from[part].subarray(entry * GOAL_FEATURES, (entry + 1) * GOAL_FEATURES),
        at * GOAL_FEATURES,
      );
    this.replanned[at] = from.replanned[entry];
    this.actions[at] = from.actions[entry];
    for (const part of ['gates', 'subgoals', 'targets'] as const)
      this.planner[part][at] = from.planner[part][entry];
    this.expertActions[at] = -1;
    this.expertSubgoals[at] = -1;
    this.expertTargets[at] = -1;
    this.keptGoalRight[at] = -1;
  }
}
