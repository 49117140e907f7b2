import { VIEW_BYTES } from '../shared/constants.ts';
import { DEFAULT_REWARDS, type RewardWeights } from '../shared/rewards.ts';
import { BabyAIEnv } from './env.ts';
import { resolveLevel } from './language/resolve.ts';
import type { LevelSpec } from './levels/family.ts';
import { NUM_REWARD_TERMS, RewardMeter } from './rewards.ts';
import { EndlessGenerationError } from './roomGrid.ts';
import type { SeedStream } from './seeds.ts';
import { EndBit } from './types.ts';

export interface VectorEnvOptions {
  /** One level for each environment, as `createEnv` takes them. */
  readonly levels: readonly (string | LevelSpec)[];
  readonly seeds: SeedStream;
  /** Weights of the reward terms; by default only the mission pays. */
  readonly rewards?: RewardWeights;
}

/** Enough to rebuild the environments as they are: episodes begun and the actions since. */
export interface VectorEnvRecord {
  readonly episodes: number[];
  readonly seeds: number[];
  readonly actions: number[][];
}

/**
 * Many environments stepped together. All arrays are filled in place by `step`; where an episode ends
 * the environment is reset at once, so `observations` then holds the first view of the next episode
 * and `finalObservations` the last view of the one that ended. A level is a function of its seed alone.
 */
export class VectorEnv {
  readonly size: number;
  readonly envs: readonly BabyAIEnv[];
  /** size × 147 bytes. */
  readonly observations: Uint8Array;
  readonly directions: Uint8Array;
  /** Weighted sum of the reward terms of the newest step. */
  readonly rewards: Float32Array;
  /** size × terms: weight × signal of each, in the order of REWARD_TERM_IDS. */
  readonly rewardTerms: Float32Array;
  /** Minigrid's own reward. */
  readonly missionRewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly success: Uint8Array;
  /** Steps done in the present episode (0 right after an automatic reset). */
  readonly stepCounts: Int32Array;
  /** Level seed of the present episode. */
  readonly seeds: Float64Array;
  /** Number of episodes begun so far, less one. */
  readonly episodes: Int32Array;
  /** Valid where terminated or truncated: the last view, direction, length and seed of that episode. */
  readonly finalObservations: Uint8Array;
  readonly finalDirections: Uint8Array;
  readonly finalStepCounts: Int32Array;
  readonly finalSeeds: Float64Array;
  private readonly seedStream: SeedStream;
  private readonly meters: readonly RewardMeter[];
  private shaped = false;
  private missionWeight = 1;
  private readonly logs: Uint8Array[];
  private readonly finalLogs: Uint8Array[];

  constructor(options: VectorEnvOptions) {
    const size = options.levels.length;
    if (size === 0) throw new RangeError('levels is empty; accepted: one or more levels');
    this.size = size;
    this.envs = options.levels.map(
      (level) => new BabyAIEnv(typeof level === 'string' ? resolveLevel(level) : level),
    );
    this.observations = new Uint8Array(size * VIEW_BYTES);
    this.directions = new Uint8Array(size);
    this.rewards = new Float32Array(size);
    this.rewardTerms = new Float32Array(size * NUM_REWARD_TERMS);
    this.missionRewards = new Float64Array(size);
    this.terminated = new Uint8Array(size);
    this.truncated = new Uint8Array(size);
    this.success = new Uint8Array(size);
    this.stepCounts = new Int32Array(size);
    this.seeds = new Float64Array(size);
    this.episodes = new Int32Array(size).fill(-1);
    this.finalObservations = new Uint8Array(size * VIEW_BYTES);
    this.finalDirections = new Uint8Array(size);
    this.finalStepCounts = new Int32Array(size);
    this.finalSeeds = new Float64Array(size);
    this.seedStream = options.seeds;
    const weights = options.rewards ?? DEFAULT_REWARDS;
    this.meters = this.envs.map((env) => new RewardMeter(env, weights));
    this.logs = this.envs.map(() => new Uint8Array(256));
    this.finalLogs = this.envs.map(() => new Uint8Array(256));
    for (let i = 0; i < size; i++) this.beginEpisode(i);
    this.setRewards(weights);
  }

  /** New weights of the reward terms, from the next step on. */
  setRewards(weights: RewardWeights): void {
    const wasShaped = this.shaped;
    this.missionWeight = weights.mission;
    this.shaped = Object.entries(weights).some(([id, weight]) => id !== 'mission' && weight !== 0);
    this.rewardTerms.fill(0);
    for (const meter of this.meters) {
      meter.setWeights(weights);
      if (this.shaped && !wasShaped) meter.resume();
    }
  }

  mission(index: number): string {
    return this.envs[index].mission;
  }

  /** Actions of the episode that `index` ended last. */
  finalActions(index: number): Uint8Array {
    return this.finalLogs[index].slice(0, this.finalStepCounts[index]);
  }
  /** Actions of the present episode so far. */
  actionsSoFar(index: number): Uint8Array {
    return this.logs[index].slice(0, this.envs[index].state.stepCount);
  }

  /** Gives up the present episode of one environment and begins its next one. */
  restart(index: number): void {
    this.beginEpisode(index);
  }

  /** One step of every environment; `actions` holds `size` of them. Throws a RangeError for an unknown action. */
  step(actions: ArrayLike<number>): void {
    for (let i = 0; i < this.size; i++) this.stepOne(i, actions[i]);
  }

  /** One step of one environment alone: brings restored worlds back to where they were, with others watching. */
  stepOnly(index: number, action: number): void {
    this.stepOne(index, action);
  }

  private stepOne(i: number, action: number): void {
    const env = this.envs[i];
    const meter = this.meters[i];
    if (this.shaped) meter.beforeStep();
    const end = env.advance(action);
    const steps = env.state.stepCount;
    this.log(i, steps, action);
    const at = i * VIEW_BYTES;
    if (env.viewChanged) env.observe(this.observations, at);
    this.missionRewards[i] = env.reward;
    if (this.shaped)
      this.rewards[i] = meter.measure(
        (end & EndBit.success) !== 0,
        this.rewardTerms,
        i * NUM_REWARD_TERMS,
      );
    else {
      const reward = this.missionWeight * env.reward;
      this.rewards[i] = reward;
      this.rewardTerms[i * NUM_REWARD_TERMS] = reward;
    }
    this.terminated[i] = end & 1;
    this.truncated[i] = (end >> 1) & 1;
    this.success[i] = end >> 2;
    this.directions[i] = env.state.agentDir;
    this.stepCounts[i] = steps;
    if (end !== 0) this.endEpisode(i, steps);
  }

  private log(i: number, steps: number, action: number): void {
    let log = this.logs[i];
    if (steps > log.length) {
      log = new Uint8Array(log.length * 2);
      log.set(this.logs[i]);
      this.logs[i] = log;
    }
    log[steps - 1] = action;
  }

  private endEpisode(i: number, steps: number): void {
    const at = i * VIEW_BYTES;
    for (let b = at; b < at + VIEW_BYTES; b++) this.finalObservations[b] = this.observations[b];
    this.finalDirections[i] = this.directions[i];
    this.finalStepCounts[i] = steps;
    this.finalSeeds[i] = this.seeds[i];
    const log = this.logs[i];
    this.logs[i] = this.finalLogs[i];
    this.finalLogs[i] = log;
    this.beginEpisode(i);
  }

  private beginEpisode(i: number): void {
    for (;;) {
      const seed = this.seedStream(i, ++this.episodes[i]);
      try {
        this.beginWith(i, seed);
        return;
      } catch (error) {
        // A seed that Python would hang on: the stream's next one takes its place.
        if (!(error instanceof EndlessGenerationError)) throw error;
      }
    }
  }
  private beginWith(i: number, seed: number): void {
    const env = this.envs[i];
    env.forget();
    env.resetInto(seed, this.observations, i * VIEW_BYTES);
    this.seeds[i] = seed;
    this.stepCounts[i] = 0;
    this.directions[i] = env.state.agentDir;
    this.meters[i].reset();
  }

  /** What `restore` needs to bring every environment back to where it is now. */
  record(): VectorEnvRecord {
    return {
      episodes: Array.from(this.episodes),
      seeds: Array.from(this.seeds),
      actions: this.envs.map((_, i) => Array.from(this.actionsSoFar(i))),
    };
  }
  /** Replays a record made by a vector env of the same levels and seed stream. */
  restore(record: VectorEnvRecord): void {
    if (record.seeds.length !== this.size)
      throw new RangeError(
        `record is of ${record.seeds.length} environments; accepted: ${this.size}`,
      );
    for (let i = 0; i < this.size; i++) {
      this.episodes[i] = record.episodes[i];
      this.beginWith(i, record.seeds[i]);
      for (const action of record.actions[i]) this.stepOne(i, action);
    }
  }
}
