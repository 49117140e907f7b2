import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../shared/replay.ts';
import { DEFAULT_REWARDS } from '../shared/rewards.ts';
import type { BabyAIEnv } from './env.ts';
import type { StepResult } from './types.ts';

type End = Pick<StepResult, 'success' | 'terminated' | 'truncated'>;

/** Writes down one episode of an environment as a replay with the mission's reward alone. */
export class EpisodeRecord {
  readonly actions: number[] = [];
  private readonly env: BabyAIEnv;
  private readonly seed: number;
  private readonly hashes: number[];
  private readonly rewards: number[] = [];
  private readonly createdAt = Date.now();
  private end: End = { success: false, terminated: false, truncated: false };

  /** Call right after `env.reset(seed)`. */
  constructor(env: BabyAIEnv, seed: number) {
    this.env = env;
    this.seed = seed;
    this.hashes = [env.stateHash()];
  }

  /** True once the mission is done or failed, or the steps are used up. */
  get over(): boolean {
    return this.end.terminated || this.end.truncated;
  }

  /** Call after every step, with its result. */
  note(action: number, { success, terminated, truncated }: End): void {
    this.end = { success, terminated, truncated };
    this.actions.push(action);
    this.rewards.push(this.env.reward);
    this.hashes.push(this.env.stateHash());
  }

  /** The episode so far. */
  replay(
    id: string,
    source: Replay['source'],
    more: Partial<Pick<Replay, 'mind' | 'played'>> = {},
  ): Replay {
    const { env, end } = this;
    return {
      format: REPLAY_FORMAT,
      version: REPLAY_VERSION,
      id,
      levelId: env.level.id,
      seed: this.seed,
      mission: env.mission,
      createdAt: this.createdAt,
      source,
      rewardWeights: { ...DEFAULT_REWARDS },
      outcome: {
        ...end,
        missionReward: env.reward,
        return: env.reward,
        steps: this.actions.length,
      },
      hashes: [...this.hashes],
      actions: [...this.actions],
      rewards: { mission: [...this.rewards] },
      ...more,
    };
  }
}
