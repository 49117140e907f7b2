import type { LearningChoice } from '../../../shared/config.ts';
import type { MissionCheck, MissionCompletion } from '../../../shared/protocol.ts';

/** A mission or a layout to be checked, as `mission:check` takes it. */
export type Draft = { sentence: string } | { layout: string };

/** What the missions' panels may ask for. Those that return a promise reject with a message fit to be shown. */
export interface MissionCommands {
  completeMission(prefix: string): Promise<MissionCompletion[]>;
  /** Lets the expert try it. Rejects where it cannot be read, or is impossible and not allowed to be. */
  checkMission(draft: Draft, allowImpossible: boolean): Promise<MissionCheck>;
  /** Starts to fine-tune on a level, made by hand or not. */
  trainOn(levelId: string, allowImpossible?: boolean): void;
  /** What runs made from now on start from. */
  startFrom(start: string): void;
  /** How runs made from now on learn. */
  learnBy(learning: LearningChoice): void;
  /** Lets the person at the page play a level; on this seed, or any. */
  playLevel(levelId: string, seed?: number): void;
  /** Shows the agent, as it is now, in the world that a seed draws. */
  showSeed(levelId: string, seed: number): void;
  /** While on, the shown seed is played again and again, each time by the newest policy. */
  keepSeed(on: boolean): void;
}
