import { Action } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Deed } from '../../shared/moments.ts';
import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS, type RewardWeights } from '../../shared/rewards.ts';
import { STATE_FEATURES } from './babyai/features.ts';
import type { ObservationRows } from './babyai/observation.ts';
import type { Episode, Expert, Senses, Task } from './task.ts';

/**
 * A second task, as small as one can be: a corridor of cells with two ends. The mission names one of them;
 * the actions left and right walk, all others stand still. It shares nothing with BabyAI but the contract.
 */
const LENGTH = 7;
const MAX_STEPS = 12;
export const CORRIDOR = 'Corridor-v0';

/** −1 for the left end, 1 for the right. */
const sideOf = (seed: number) => (seed % 2 === 0 ? -1 : 1);
const missionOf = (seed: number) => `go to the ${sideOf(seed) < 0 ? 'left' : 'right'} door`;

class CorridorEpisode implements Episode {
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

class CorridorSenses implements Senses {
  private readonly episode: CorridorEpisode;
  constructor(episode: CorridorEpisode) {
    this.episode = episode;
  }
  begin(): void {}
  see(): void {}
  write(rows: ObservationRows, at: number): void {
    rows.state.fill(-1, at * STATE_FEATURES, (at + 1) * STATE_FEATURES);
    rows.state[at * STATE_FEATURES] = this.episode.place;
    rows.counts[at] = 0;
    rows.missions[at] = this.episode.mission;
  }
}

class CorridorExpert implements Expert {
  action = -1;
  readonly subgoal = SUBGOALS.indexOf('goNextTo');
  x = -1;
  readonly y = 0;
  private readonly episode: CorridorEpisode;
  constructor(episode: CorridorEpisode) {
    this.episode = episode;
  }
  begin(): void {}
  ask(): void {
    this.action = this.episode.side < 0 ? Action.left : Action.right;
    this.x = this.episode.side < 0 ? 0 : LENGTH - 1;
  }
  approves({ x }: { x: number }): boolean {
    return x === this.x;
  }
}

export const task: Task = {
  owns: (levelId) => levelId === CORRIDOR,
  levels: () => [
    {
      id: CORRIDOR,
      title: 'Corridor',
      description: 'Two doors, one at each end.',
      skill: 'Walking',
      world: 'Corridor',
      example: missionOf(0),
      maxSteps: MAX_STEPS,
      width: LENGTH,
      height: 1,
      difficulty: null,
    },
  ],
  names: {
    short: (levelId) => levelId,
    full: () => undefined,
    closest: () => [CORRIDOR],
    begins: /Corridor-/,
  },
  init: 'scratch',
  firstRun: { levelId: CORRIDOR, init: 'scratch', name: 'There and back' },
  createWorld(levelId, options = {}) {
    if (levelId !== CORRIDOR) throw new Error(`level is "${levelId}"; accepted: ${CORRIDOR}`);
    const episode = new CorridorEpisode();
    if (options.rewards) episode.setRewards(options.rewards);
    return {
      episode,
      senses: new CorridorSenses(episode),
      expert: new CorridorExpert(episode),
    };
  },
  verify(replay) {
    const episode = new CorridorEpisode();
    episode.begin(replay.seed);
    for (const action of replay.actions) episode.step(action);
    const again = episode.document(replay.id, replay.source);
    const steps = again.hashes.findIndex((hash, i) => hash !== replay.hashes[i]);
    return steps < 0
      ? { ok: true, steps: replay.actions.length }
      : { ok: false, steps, difference: `the state after step ${steps} is another one` };
  },
  draw: () => '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 1"/>',
};
