import type { GoalChoice, GoalOptions } from '../policy/goals/goalHead.ts';
import type { Random } from '../policy/random.ts';
import type { MarksRecord } from '../tasks/babyai/memory.ts';
import type { Episode, Expert, Senses, Things, World } from '../tasks/task.ts';
import type { KeptGoal, KeptGoalRecord } from './keptGoal.ts';

/** What the Planner may do at a step: decide by its halting head, choose a goal, or keep the one it has. */
export const Replanning = { free: 0, must: 1, mustNot: 2 } as const;
export type Replanning = (typeof Replanning)[keyof typeof Replanning];

/** Sets the goals at a seat: the Planner itself, an expert, a person. One that keeps state serves one seat. */
export interface GoalSource {
  /** A new episode has begun. */
  begin?(seat: Seat): void;
  /** What the Planner may do now. Asked once a step, before the policy thinks; may drop the kept goal. */
  replanning(seat: Seat): Replanning;
  /** The goal to announce; without one, the Planner's likeliest is announced. */
  chooseGoal?(seat: Seat, options: GoalOptions): GoalChoice | undefined;
  /** Whether to keep the goal where the Planner may decide; by default where the halting head finds that better. */
  keeps?(seat: Seat, keep: number, think: number): boolean | undefined;
  /** The goal has been announced. */
  announced?(seat: Seat): void;
  /** A step has been made. */
  stepped?(seat: Seat, action: number): void;
  /** What it keeps, as plain data. */
  record?(): unknown;
  restore?(record: unknown): void;
}

/** Chooses the actions at a seat: the Doer, an expert, a given list. */
export interface ActionSource {
  /** @param probabilities the Doer's; this seat's NUM_ACTIONS values begin at `offset` */
  chooseAction(seat: Seat, probabilities: Float32Array, offset: number): number;
  /** Whether the Doer's state stays as it is at this step. */
  holdsDoer?(seat: Seat): boolean;
}

/** What a seat is made of. */
export interface SeatParts {
  world: World;
  /** Where its random choices come from; seats may share one. */
  chance: Random;
  /** Who sets its goals, and who acts. */
  goals: GoalSource;
  actions: ActionSource;
  /** Whether the expert is asked at every step. */
  asks?: boolean;
}

/** Plain data from which a seat goes on as if it had never stopped. */
export interface SeatRecord {
  seed: number;
  /** Taken in the episode so far. */
  actions: number[];
  zH: Float32Array;
  zL: Float32Array;
  goal: KeptGoalRecord;
  chance: number[];
  /** What its memory knows of goals, where it has one. */
  marks?: MarksRecord;
  /** Where the episode stands with the kept goal, where it pays for goals. */
  pursuit?: number;
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
  readonly episode: Episode;
  readonly senses: Senses;
  readonly expert: Expert;
  readonly things: Things | undefined;
  readonly goal: KeptGoal;
  /** This seat's part of the table's carry, [latents·width] each. */
  readonly zH: Float32Array;
  readonly zL: Float32Array;
  chance: Random;
  goals: GoalSource;
  actions: ActionSource;
  /** Whether the expert is asked at every step. */
  asks: boolean;
  /** False where no episode is left to play. */
  playing = true;
  /** −1 at the start of an episode. */
  previousAction = -1;
  private readonly start: { zH: Float32Array; zL: Float32Array };

  constructor(
    index: number,
    parts: SeatParts,
    goal: KeptGoal,
    carry: { zH: Float32Array; zL: Float32Array },
    start: { zH: Float32Array; zL: Float32Array },
  ) {
    this.index = index;
    this.episode = parts.world.episode;
    this.senses = parts.world.senses;
    this.expert = parts.world.expert;
    this.things = parts.world.things;
    this.asks = parts.asks ?? false;
    this.chance = parts.chance;
    this.goals = parts.goals;
    this.actions = parts.actions;
    this.goal = goal;
    this.zH = carry.zH;
    this.zL = carry.zL;
    this.start = start;
  }

  /** Begins an episode. Throws EndlessGenerationError where Python would hang on the seed. */
  begin(seed: number): void {
    this.episode.begin(seed);
    this.zH.set(this.start.zH);
    this.zL.set(this.start.zL);
    this.previousAction = -1;
    this.goal.drop();
    this.expert.begin();
    this.senses.begin();
    this.goals.begin?.(this);
  }

  /** Takes one step. */
  step(action: number): void {
    const { episode, goal } = this;
    episode.pursue?.(goal);
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
      marks: this.senses.marks?.(),
      pursuit: this.episode.pursuit,
      source: this.goals.record?.(),
    };
  }

  /**
   * Goes on where a record of the same level was taken. The episode is played again, since memory and
   * expert depend on all that was seen.
   */
  restore({ seed, actions, zH, zL, goal, chance, marks, pursuit, source }: SeatRecord): void {
    this.begin(seed);
    for (const action of actions) {
      this.expert.ask(this.previousAction);
      this.senses.see();
      this.episode.step(action);
      this.previousAction = action;
    }
    this.zH.set(zH);
    this.zL.set(zL);
    this.goal.restore(goal);
    this.chance.state.set(chance);
    if (pursuit !== undefined) this.episode.restorePursuit?.(goal, pursuit);
    if (marks) this.senses.restoreMarks?.(marks);
    this.goals.restore?.(source);
  }
}
