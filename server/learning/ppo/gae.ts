/** One rollout's columns, step-major: entry `t * envs + e`. */
export interface AdvantageInputs {
  steps: number;
  envs: number;
  rewards: Float32Array;
  /** Value estimate before each step. */
  values: Float32Array;
  /** 1 where the episode ended by the mission's outcome: nothing follows. */
  terminated: Uint8Array;
  /** 1 where it was cut off by the step limit: what would have followed is estimated. */
  truncated: Uint8Array;
  /** Value of the observation after each *truncated* step; other entries are not read. */
  finalValues: Float32Array;
  /** Value of the observation after the last step, [envs]. */
  lastValues: Float32Array;
  gamma: number;
  lambda: number;
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16), backwards in time.
 * Truncated episodes bootstrap from the value of the state they were cut off in; terminated ones do not.
 * @param advantages receives steps × envs entries; returns are advantages + values
 */
export function generalizedAdvantages(inputs: AdvantageInputs, advantages: Float32Array): void {
  const { steps, envs, rewards, values, terminated, truncated, gamma, lambda } = inputs;
  for (let env = 0; env < envs; env++) {
    let next = inputs.lastValues[env];
    let running = 0;
    for (let t = steps - 1; t >= 0; t--) {
      const i = t * envs + env;
      if (terminated[i]) {
        next = 0;
        running = 0;
      } else if (truncated[i]) {
        next = inputs.finalValues[i];
        running = 0;
      }
      const delta = rewards[i] + gamma * next - values[i];
      running = delta + gamma * lambda * running;
      advantages[i] = running;
      next = values[i];
    }
  }
}

/** The Planner's decisions in one rollout; columns as in `AdvantageInputs`. */
export interface DecisionInputs {
  steps: number;
  envs: number;
  rewards: Float32Array;
  /** Value estimate before each decision. */
  values: Float32Array;
  /** 1 where nothing follows the step. */
  ended: Uint8Array;
  /** 1 where a decision was taken at the step. */
  decided: Uint8Array;
  lastValues: Float32Array;
  gamma: number;
  lambda: number;
}

/**
 * Generalised advantages at the time scale of decisions: each is credited with all that is paid until the next one, and
 * λ weighs decisions, not steps (the semi-Markov form: Sutton, Precup and Singh 1999, section 3).
 * @param advantages receives a number where `decided`; other entries stay as they are
 */
export function decisionAdvantages(inputs: DecisionInputs, advantages: Float32Array): void {
  const { steps, envs, rewards, values, ended, decided, lastValues, gamma, lambda } = inputs;
  for (let env = 0; env < envs; env++) {
    let ahead = lastValues[env];
    for (let t = steps - 1; t >= 0; t--) {
      const i = t * envs + env;
      ahead = rewards[i] + (ended[i] ? 0 : gamma * ahead);
      if (!decided[i]) continue;
      advantages[i] = ahead - values[i];
      ahead = values[i] + lambda * advantages[i];
    }
  }
}
