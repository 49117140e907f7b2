import type { BabyAIEpisode } from '../../envs/index.ts';
import type { Memory } from '../policy/memory.ts';
import type { Random } from '../policy/random.ts';
import type { Expert } from './expert.ts';
import type { KeptGoal, KeptGoalRecord } from './keptGoal.ts';
import type { ActionSource, GoalSource } from './sources.ts';

/** Everything that one player of the table has. */
export interface SeatParts {
  episode: BabyAIEpisode;
  /** Where its random choices come from; seats may share one. */
  chance: Random;
  /** Who sets its goals, and who acts. */
  goals: GoalSource;
  actions: ActionSource;
  /** Beside it, asked at every step while `asking`. */
  expert?: Expert;
}

/** Plain data from which a seat goes on as if it had never stopped. */
export interface SeatRecord {
  seed: number;
  /** Of the episode so far. */
  actions: number[];
  zH: Float32Array;
  zL: Float32Array;
  goal: KeptGoalRecord;
  chance: number[];
  /** What the goal source keeps, where it keeps anything. */
  source?: unknown;
}

/**
 * One world with what plays in it: the episode, the policy's carry, memory and kept goal, the expert
 * beside it, and chance. Its whole state can be recorded and restored.
 */
export class Seat {
  /** Row in the table's batch. */
  readonly index: number;
  readonly episode: BabyAIEpisode;
  readonly goal: KeptGoal;
  readonly memory: Memory | undefined;
  readonly expert: Expert | undefined;
  /** This seat's part of the table's carry, [latents·width] each. */
  readonly zH: Float32Array;
  readonly zL: Float32Array;
  chance: Random;
  goals: GoalSource;
  actions: ActionSource;
  /** Whether the expert is asked at every step. */
  asking = true;
  /** False where no episode is left to play. */
  playing = true;
  /** −1 at the start of an episode. */
  previousAction = -1;
  private readonly start: { zH: Float32Array; zL: Float32Array };

  constructor(
    index: number,
    parts: SeatParts,
    goal: KeptGoal,
    memory: Memory | undefined,
    carry: { zH: Float32Array; zL: Float32Array },
    start: { zH: Float32Array; zL: Float32Array },
  ) {
    this.index = index;
    this.episode = parts.episode;
    this.chance = parts.chance;
    this.goals = parts.goals;
    this.actions = parts.actions;
    this.expert = parts.expert;
    this.goal = goal;
    this.memory = memory;
    this.zH = carry.zH;
    this.zL = carry.zL;
    this.start = start;
  }

  /** Begins an episode. Throws EndlessGenerationError where Python would hang on the seed. */
  begin(seed: number): void {
    const { episode } = this;
    episode.begin(seed);
    this.zH.set(this.start.zH);
    this.zL.set(this.start.zL);
    this.previousAction = -1;
    this.goal.drop();
    this.expert?.begin();
    this.memory?.begin(episode.env.state.width, episode.env.state.height);
    this.goals.begin?.(this);
  }

  /** Lets the memory see the present view. */
  remember(): void {
    const { episode } = this;
    this.memory?.see(episode.image, 0, episode.pose, episode.steps);
  }

  /** Takes one step. */
  step(action: number): void {
    const { episode, goal } = this;
    episode.step(action);
    this.previousAction = action;
    goal.afterStep(episode.pose, (x, y) => episode.sees(x, y));
    this.goals.stepped?.(this, action);
  }

  record(): SeatRecord {
    return {
      seed: this.episode.seed,
      actions: Array.from(this.episode.actions),
      zH: this.zH.slice(),
      zL: this.zL.slice(),
      goal: this.goal.record(),
      chance: Array.from(this.chance.state),
      source: this.goals.record?.(),
    };
  }

  /**
   * Goes on where a record of the same level was taken. The episode is played again, since memory and
   * expert depend on all that was seen.
   */
  restore({ seed, actions, zH, zL, goal, chance, source }: SeatRecord): void {
    this.begin(seed);
    for (const action of actions) {
      this.expert?.ask(this.previousAction);
      this.remember();
      this.episode.step(action);
      this.previousAction = action;
    }
    this.zH.set(zH);
    this.zL.set(zL);
    this.goal.restore(goal);
    this.chance.state.set(chance);
    this.goals.restore?.(source);
  }
}
