import type { ReplayVerdict } from '../../envs/replay.ts';
import type { WorldGoal } from '../../shared/goals.ts';
import type { Deed } from '../../shared/moments.ts';
import type { LevelSummary, MissionCheck, MissionCompletion } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { Pose } from './babyai/goalFrame.ts';
import type { MarkedGoal, MarksRecord } from './babyai/memory.ts';
import type { ObservationRows } from './babyai/observation.ts';

/**
 * Everything that playing, learning and showing need to know of a task; BabyAI's is in `babyai/`. A policy
 * reads rows of embedding tables (`babyai/features.ts`), sets goals as cells of a grid seen from a pose,
 * and takes one of NUM_ACTIONS actions: a task says what these mean in it. Tasks are told apart by their
 * level ids, so that ids alone name a task everywhere: in options, replays, checkpoints and on the wire.
 */
export interface Task {
  /** Whether a level id is one of this task's, well-formed or not. */
  owns(levelId: string): boolean;
  /** What one can choose from. */
  levels(): LevelSummary[];
  readonly names: LevelNames;
  /** What its runs start from where they name nothing: a checkpoint that comes with the program, or `scratch`. */
  readonly init: string;
  /** The run that a server with nothing stored begins with, so that a visitor sees learning at once. */
  readonly firstRun: FirstRun;
  /** Levels that people write; absent where the task has no language for them. */
  readonly made?: MadeLevels;
  /** A world of one level. Throws an error that says what is accepted for an unknown level. */
  createWorld(levelId: string, options?: WorldOptions): World;
  /** Plays a replay again and compares what follows from level, seed and actions. Never throws. */
  verify(replay: Replay): ReplayVerdict;
  /** A small picture of a level, as SVG. Throws like `createWorld`. */
  draw(levelId: string): string;
}

export interface FirstRun {
  levelId: string;
  init: string;
  name: string;
}

/** What levels are called, for people. */
export interface LevelNames {
  /** The id without what all ids have in common. */
  short(levelId: string): string;
  /** The id that a short name stands for; undefined where it stands for none. */
  full(name: string): string | undefined;
  /** The three ids most like an unknown one. */
  closest(levelId: string): string[];
  /** How an id begins: in a list with commas, a comma before anything else belongs to a level's own text. */
  readonly begins: RegExp;
}

/** Levels whose id is the text that somebody wrote. */
export interface MadeLevels {
  /** Whether an id is one of them, readable or not. */
  owns(levelId: string): boolean;
  /** What such ids look like, as an error message says it. */
  readonly forms: string;
  /** What could be written next in a text. */
  complete(prefix: string): MissionCompletion[];
  /**
   * Reads a text and lets the expert try it. Throws a RequestError that names the word which does not fit and
   * what could stand there, or says why the level is impossible.
   * @param text the id of such a level
   * @param field the one that an error names
   * @param sent what was sent in that field
   */
  prove(text: string, field: string, allowImpossible: boolean, sent: string): Promise<MissionCheck>;
}

export interface WorldOptions {
  /** Weights of the reward terms; by default only the mission pays. */
  rewards?: RewardWeights;
  /** Keep what `Episode.document` needs. */
  recording?: boolean;
  /** Whether the policy reads what the agent remembers, too. */
  memory?: boolean;
}

/** One world of a task: what is played in it, what the agent sees of it, and who knows better. */
export interface World {
  readonly episode: Episode;
  readonly senses: Senses;
  readonly expert: Expert;
  /** What lies about in it, for goals that the mission does not mean; absent where nothing does. */
  readonly things?: Things;
}

/** What is played in a world, one episode after another: made, acted in, judged and written down. */
export interface Episode {
  readonly levelId: string;
  readonly seed: number;
  readonly mission: string;
  readonly steps: number;
  readonly maxSteps: number;
  /** Size of the grid in cells. */
  readonly width: number;
  readonly height: number;
  /** Where the agent stands: goals are told from here. */
  readonly pose: Pose;
  /** Weighted sum of the reward terms of the newest step, and over the episode. */
  readonly reward: number;
  readonly return: number;
  /** The part of `reward` that was paid for a goal of the agent's own; absent where a task pays none. */
  readonly goalReward?: number;
  /** The task's own reward of the newest step, which shaping never changes. */
  readonly missionReward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly success: boolean;
  readonly over: boolean;
  /** What the agent has done so far that a person would call an achievement. */
  readonly deeds: readonly Deed[];
  /** So far; with level and seed they play the episode again. */
  readonly actions: Uint8Array;
  /** Hash of the world with the agent in it, whatever the time. */
  worldHash(): number;
  /** Whether the agent sees a cell now. */
  sees(x: number, y: number): boolean;
  /** Starts the next episode. Throws EndlessGenerationError for a seed that is to be left out. */
  begin(seed: number): void;
  step(action: number): void;
  /** New weights of the reward terms, from the next step on. */
  setRewards(weights: RewardWeights): void;
  /** The goal that the agent has at the coming step, for tasks that pay for goals. */
  pursue?(goal: WorldGoal): void;
  /** Where such a task stands with that goal, as plain data: an episode played again does not show it. */
  readonly pursuit?: number;
  restorePursuit?(goal: WorldGoal, pursuit: number): void;
  document(
    id: string,
    source: Replay['source'],
    more?: Partial<Pick<Replay, 'mind' | 'played'>>,
  ): Replay;
}

/** What the agent sees, and what it remembers of what it saw. */
export interface Senses {
  /** A new episode has begun. */
  begin(): void;
  /** Takes in the present state: once for each, in order; the same one twice changes nothing. */
  see(): void;
  /** Notes the goal that is kept now, for those that remember what became of goals. Call it after `see`. */
  keep?(goal: MarkedGoal): void;
  /** What it remembers of goals, as plain data: an episode seen again does not show it. */
  marks?(): MarksRecord | undefined;
  restoreMarks?(marks: MarksRecord): void;
  /** Writes what the policy reads to row `at`. */
  write(rows: ObservationRows, at: number, previousAction: number): void;
}

/** The scripted expert: what it would do now, and what its goal is. −1 where it has none. */
export interface Expert {
  readonly action: number;
  /** Index into SUBGOALS. */
  readonly subgoal: number;
  readonly x: number;
  readonly y: number;
  begin(): void;
  /**
   * Asks about the present state: once for each state of an episode, in order.
   * @param previousAction the action that led here, −1 at the start
   */
  ask(previousAction: number): void;
  /** Whether a kept goal is as good as its own. */
  approves(goal: { subgoal: number; x: number; y: number }): boolean;
}

/** Things that lie about in a world. */
export interface Things {
  /** Where they lie, and whether the mission means them. */
  all(): { x: number; y: number; meant: boolean }[];
  /** Cell of the thing that the agent faces. */
  faced(): { x: number; y: number } | undefined;
  /** First action of a shortest way to face a cell: `done` where the agent does, −1 where there is none. */
  wayTo(x: number, y: number): number;
}
