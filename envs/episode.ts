import { VIEW_BYTES } from '../shared/constants.ts';
import type { WorldGoal } from '../shared/goals.ts';
import type { Deed } from '../shared/moments.ts';
import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../shared/replay.ts';
import { DEFAULT_REWARDS, REWARD_TERM_IDS, type RewardWeights } from '../shared/rewards.ts';
import { noteDeeds } from './deeds.ts';
import { createEnv } from './env.ts';
import type { LevelSpec } from './levels/family.ts';
import type { Pursuit } from './pursuit.ts';
import { NUM_REWARD_TERMS, RewardMeter } from './rewards.ts';
import { EndBit } from './types.ts';
import { worldToView } from './view.ts';

export interface EpisodeOptions {
  /** Weights of the reward terms; by default only the mission pays. */
  readonly rewards?: RewardWeights;
  /** Keep state hashes and reward terms of every step, which `document` needs. */
  readonly recording?: boolean;
}

/**
 * An environment and the episode that is played in it: what the newest step paid, how it ended, and
 * what was done so far. It stays at its last state until `begin` starts the next episode. A level is a
 * function of its seed alone.
 */
export class BabyAIEpisode {
  readonly env;
  readonly recording: boolean;
  /** Level seed. */
  seed = -1;
  /** The present view, 147 bytes. */
  readonly image = new Uint8Array(VIEW_BYTES);
  /** Weighted sum of the reward terms of the newest step, in single precision. */
  reward = 0;
  /** Weight × signal of each, in the order of REWARD_TERM_IDS. */
  readonly rewardTerms = new Float32Array(NUM_REWARD_TERMS);
  /** Sum of `reward` over the episode. */
  return = 0;
  terminated = false;
  truncated = false;
  success = false;
  private readonly meter: RewardMeter;
  private weights: RewardWeights;
  private shaped = false;
  private log = new Uint8Array(256);
  private hashes: number[] = [];
  private readonly done = new Set<Deed>();
  /** Reward terms of all steps, NUM_REWARD_TERMS each. */
  private ledger: number[] = [];
  private rewardChanges: NonNullable<Replay['rewardChanges']> = [];

  /** Throws an error that says what is accepted for an unknown level. */
  constructor(level: string | LevelSpec, options: EpisodeOptions = {}) {
    this.env = createEnv(level);
    this.recording = options.recording ?? false;
    this.weights = options.rewards ?? DEFAULT_REWARDS;
    this.meter = new RewardMeter(this.env, this.weights);
    this.setRewards(this.weights);
  }

  /** New weights of the reward terms, from the next step on. */
  setRewards(weights: RewardWeights): void {
    const wasShaped = this.shaped;
    if (this.recording && this.seed >= 0 && this.steps > 0)
      this.rewardChanges.push({ until: this.steps, weights: this.weights });
    this.weights = { ...weights };
    this.shaped = Object.entries(weights).some(([id, weight]) => id !== 'mission' && weight !== 0);
    this.rewardTerms.fill(0);
    this.meter.setWeights(weights);
    if (this.shaped && !wasShaped && this.seed >= 0) this.meter.resume();
  }

  /** Starts the next episode. Throws EndlessGenerationError where Python would hang. */
  begin(seed: number): void {
    const { env } = this;
    env.forget();
    env.resetInto(seed, this.image, 0);
    this.seed = seed;
    this.meter.reset();
    this.reward = 0;
    this.return = 0;
    this.terminated = false;
    this.truncated = false;
    this.success = false;
    this.done.clear();
    if (!this.recording) return;
    this.hashes = [env.stateHash()];
    this.ledger = [];
    this.rewardChanges = [];
  }

  /** The goal that the agent has at the coming step, for the reward terms that pay for goals. */
  pursue(goal: WorldGoal): void {
    if (this.shaped) this.meter.pursue(goal);
  }

  /** Whether there is anything to be paid for that goal. */
  get pursuit(): Pursuit {
    return this.meter.pursuit;
  }

  /** Goes on with a goal of an episode that was played again: nothing but this tells of it. */
  restorePursuit(goal: WorldGoal, pursuit: Pursuit): void {
    this.meter.restorePursuit(goal, pursuit);
  }

  /** The part of `reward` that was paid for a goal of the agent's own. */
  get goalReward(): number {
    return RewardMeter.goalReward(this.rewardTerms);
  }

  /** One step. Throws a RangeError for an unknown action. */
  step(action: number): void {
    const { env } = this;
    if (this.shaped) this.meter.beforeStep();
    const end = env.advance(action);
    this.note(env.state.stepCount, action);
    if (env.viewChanged) env.observe(this.image);
    this.terminated = (end & EndBit.terminated) !== 0;
    this.truncated = (end & EndBit.truncated) !== 0;
    this.success = (end & EndBit.success) !== 0;
    noteDeeds(this.done, env.event, end);
    const reward = this.shaped
      ? this.meter.measure(this, this.rewardTerms, 0)
      : this.weights.mission * env.reward;
    if (!this.shaped) this.rewardTerms[0] = reward;
    this.reward = Math.fround(reward);
    this.return += this.reward;
    if (!this.recording) return;
    this.hashes.push(env.stateHash());
    for (let term = 0; term < NUM_REWARD_TERMS; term++) this.ledger.push(this.rewardTerms[term]);
  }

  private note(steps: number, action: number): void {
    if (steps > this.log.length) {
      const longer = new Uint8Array(this.log.length * 2);
      longer.set(this.log);
      this.log = longer;
    }
    this.log[steps - 1] = action;
  }

  /** True once the mission is done or failed, or the steps are used up. */
  get over(): boolean {
    return this.terminated || this.truncated;
  }

  /** Hash of the world, whatever the time. */
  worldHash(): number {
    return this.env.state.hash(false);
  }

  /** Steps done. */
  get steps(): number {
    return this.env.state.stepCount;
  }

  get maxSteps(): number {
    return this.env.state.maxSteps;
  }

  /** Size of the grid in cells. */
  get width(): number {
    return this.env.state.width;
  }
  get height(): number {
    return this.env.state.height;
  }

  get levelId(): string {
    return this.env.level.id;
  }

  get mission(): string {
    return this.env.mission;
  }

  /** Minigrid's own reward of the newest step. */
  get missionReward(): number {
    return this.env.reward;
  }

  /** Actions so far; with level and seed they play the episode again. */
  get actions(): Uint8Array {
    return this.log.slice(0, this.steps);
  }

  /** What the agent has done so far that a person would call an achievement. */
  get deeds(): Deed[] {
    return [...this.done];
  }

  /** Where the agent stands, and which way it faces. */
  get pose(): { x: number; y: number; direction: number } {
    const { agentX: x, agentY: y, agentDir: direction } = this.env.state;
    return { x, y, direction };
  }

  /** Whether the present view shows a world cell. */
  sees(x: number, y: number): boolean {
    const cell = worldToView(this.env.state, x, y);
    return cell >= 0 && this.image[cell * 3] !== 0;
  }

  /** The episode so far as a replay. Throws an Error where it was not recorded. */
  document(
    id: string,
    source: Replay['source'],
    more: Partial<Pick<Replay, 'mind' | 'played'>> = {},
  ): Replay {
    if (!this.recording) throw new Error('the episode was not recorded');
    const { env, terminated, truncated, success } = this;
    const actions = Array.from(this.actions);
    const rewards: Replay['rewards'] = {};
    let total = 0;
    for (const [term, reward] of REWARD_TERM_IDS.entries()) {
      const column = actions.map((_, t) => rounded(this.ledger[t * NUM_REWARD_TERMS + term]));
      if (column.some((value) => value !== 0)) rewards[reward] = column;
      total += column.reduce((a, b) => a + b, 0);
    }
    return {
      format: REPLAY_FORMAT,
      version: REPLAY_VERSION,
      id,
      levelId: env.level.id,
      seed: this.seed,
      mission: env.mission,
      createdAt: Date.now(),
      source,
      rewardWeights: { ...this.weights },
      ...(this.rewardChanges.length > 0 && { rewardChanges: [...this.rewardChanges] }),
      outcome: {
        success,
        terminated,
        truncated,
        missionReward: env.reward,
        return: rounded(total),
        steps: actions.length,
      },
      deeds: this.deeds,
      hashes: [...this.hashes],
      actions,
      rewards,
      ...more,
    };
  }
}

/** To six places; 0 for what is not finite. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(6)) : 0;
}
