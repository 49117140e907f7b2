import { Action } from './constants.ts';
import type { Deed } from './moments.ts';
import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from './replay.ts';
import { DEFAULT_REWARDS, type RewardWeights } from './rewards.ts';

/**
 * A second task, as small as one can be: a corridor of cells with two ends. The mission names one of them;
 * the actions left and right walk, all others stand still. It shares nothing with BabyAI. The server's part of it
 * is in `server/tasks/corridor.testing.ts`, the page's in `client/tasks/corridor.testing.ts`.
 */
export const LENGTH = 7;
export const MAX_STEPS = 12;
export const CORRIDOR = 'Corridor-v0';

/** −1 for the left end, 1 for the right. */
const sideOf = (seed: number) => (seed % 2 === 0 ? -1 : 1);
export const missionOf = (seed: number) => `go to the ${sideOf(seed) < 0 ? 'left' : 'right'} door`;

export class CorridorEpisode {
  readonly levelId = CORRIDOR;
  readonly maxSteps = MAX_STEPS;
  readonly width = LENGTH;
  readonly height = 1;
  seed = -1;
  mission = '';
  place = 0;
  side = 0;
  reward = 0;
  return = 0;
  missionReward = 0;
  terminated = false;
  private taken: number[] = [];
  private hashes: number[] = [];
  private paid: number[] = [];
  private weights: RewardWeights = DEFAULT_REWARDS;

  begin(seed: number): void {
    this.seed = seed;
    this.side = sideOf(seed);
    this.mission = missionOf(seed);
    this.place = 1 + (Math.floor(seed / 2) % (LENGTH - 2));
    this.reward = 0;
    this.return = 0;
    this.missionReward = 0;
    this.terminated = false;
    this.taken = [];
    this.paid = [];
    this.hashes = [this.place];
  }

  step(action: number): void {
    if (action === Action.left) this.place--;
    if (action === Action.right) this.place++;
    this.taken.push(action);
    this.terminated = this.place === 0 || this.place === LENGTH - 1;
    this.missionReward = this.success ? 1 - this.steps / (2 * MAX_STEPS) : 0;
    this.reward = this.weights.mission * this.missionReward;
    this.return += this.reward;
    this.hashes.push(this.place);
    this.paid.push(this.reward);
  }

  worldHash(): number {
    return this.place;
  }

  get success(): boolean {
    return this.place === (this.side < 0 ? 0 : LENGTH - 1);
  }
  get deeds(): Deed[] {
    return this.success ? ['success'] : [];
  }
  get truncated(): boolean {
    return this.steps >= MAX_STEPS;
  }
  get over(): boolean {
    return this.terminated || this.truncated;
  }
  get steps(): number {
    return this.taken.length;
  }
  get actions(): Uint8Array {
    return Uint8Array.from(this.taken);
  }
  get pose() {
    return { x: this.place, y: 0, direction: 0 };
  }

  sees(): boolean {
    return true;
  }

  setRewards(weights: RewardWeights): void {
    this.weights = weights;
  }

  document(id: string, source: Replay['source'], more = {}): Replay {
    const { levelId, seed, mission, success, terminated, truncated, missionReward, steps } = this;
    return {
      format: REPLAY_FORMAT,
      version: REPLAY_VERSION,
      id,
      levelId,
      seed,
      mission,
      createdAt: Date.now(),
      source,
      rewardWeights: this.weights,
      outcome: { success, terminated, truncated, missionReward, return: this.return, steps },
      deeds: this.deeds,
      hashes: this.hashes,
      actions: this.taken,
      rewards: { mission: this.paid },
      ...more,
    };
  }
}
