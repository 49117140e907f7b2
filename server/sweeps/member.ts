import type { Configuration } from './plan.ts';

/** What a member showed after a rung, on held-out seeds. */
export interface Tested {
  envSteps: number;
  seconds: number;
  success: number;
  ci95: [number, number];
  episodes: number;
  /** Of the weights that it ended with; unknown of what an earlier version tested. */
  weightsHash?: string;
  /** Success on as many seeds on which nothing was chosen; of members that did the last rung. */
  fresh?: { success: number; ci95: [number, number] };
}

/** One configuration with one seed. */
export interface Member {
  configuration: number;
  seed: number;
  /** After each rung that it has done. */
  tests: Tested[];
  /** Why it cannot go on. */
  failed?: string;
}

export interface MemberTask {
  /** Of the member; a file can be called so. */
  name: string;
  configuration: Configuration;
  seed: number;
  /** Train until so many steps have been made in all. */
  steps: number;
  /** Whether the policy is wanted, and tested on fresh seeds. */
  isLast: boolean;
  /** Where its state is, if it has begun, and is to be kept; `policy` for the policy alone. */
  files: { run: string; policy: string };
}

/** Trains a member up to a rung and tests it; undefined where it was asked to stop, with its state saved. */
export type TrainMember = (task: MemberTask) => Promise<Tested | undefined>;

/** Who trains. */
export interface Crew {
  /** How many trainings may be handed out now. */
  atOnce(): number;
  /** How many are done at the same time; for estimates. */
  slots(): number;
}
export const ALONE: Crew = { atOnce: () => 1, slots: () => 1 };
