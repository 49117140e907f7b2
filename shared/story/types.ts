import type { CheckpointLine } from '../checkpoints.ts';
import type { MetricPoint } from '../metrics.ts';
import type { Moment } from '../moments.ts';
import type { Replay } from '../replay.ts';
import type { RunInfo, SettingsChange } from '../wire.ts';

export const STORY_FORMAT = 'planner-doer-story';
export const STORY_VERSION = 1;
/** Held-out worlds that every checkpoint plays, unless somebody says otherwise. */
export const STORY_SEEDS = 3;
export const MAX_STORY_SEEDS = 6;

export type ChapterKind =
  | 'before'
  | 'firstSuccess'
  | 'turningPoint'
  | 'setback'
  | 'branch'
  | 'change'
  | 'best'
  | 'now';

/** What is known of a run when its story is told. */
export interface StoryFacts {
  run: Pick<RunInfo, 'id' | 'name' | 'levelId' | 'init' | 'envSteps' | 'fork'> & {
    settings: Pick<RunInfo['settings'], 'evalEpisodes'>;
  };
  checkpoints: readonly CheckpointLine[];
  /** In order of steps; those without a held-out test are passed over. */
  points: readonly MetricPoint[];
  /** In order of steps. */
  changes: readonly SettingsChange[];
  moments: readonly Moment[];
}

/** Somebody who plays the story's worlds: the run's first weights, or a kept checkpoint. */
export interface StoryPlayer {
  /** As `episode:play` names it. */
  policy: string;
  /** Environment steps that it has learnt from. */
  envSteps: number;
  /** Held-out success of exactly these weights, where they were tested. */
  evalSuccess?: number;
}

/** The story's worlds, played by one of them: an episode for each seed, or why there is none. */
export interface Take extends StoryPlayer {
  replays: readonly Replay[];
  gone?: string;
}

export interface Chapter {
  kinds: readonly ChapterKind[];
  title: string;
  /** Why this chapter is one, in sentences. */
  text: string;
  /** Environment steps at which it happened. */
  envSteps: number;
  /** Who plays; absent where no checkpoint of that time is kept. */
  player?: StoryPlayer;
  /** The same worlds in every chapter; none where `gone` says why. */
  replays: readonly Replay[];
  gone?: string;
}

export interface Story {
  format: typeof STORY_FORMAT;
  version: typeof STORY_VERSION;
  run: { id: string; name: string; levelId: string; init: string; envSteps: number };
  seeds: readonly number[];
  /** Every player's result in these worlds, in order of steps. */
  takes: readonly (StoryPlayer & { done: number; gone?: string })[];
  /** Held-out success over the run: environment steps and share. */
  curve: readonly (readonly [number, number])[];
  chapters: readonly Chapter[];
}

export const doneOf = (replays: readonly Replay[]): number =>
  replays.filter(({ outcome }) => outcome.success).length;

/** "2 of 3 worlds done", or why nobody plays. */
export function resultOf({ replays, gone }: Pick<Chapter, 'replays' | 'gone'>): string {
  return gone ?? `${doneOf(replays)} of ${replays.length} worlds done`;
}

export const inSteps = (envSteps: number): string => `${envSteps.toLocaleString('en')} steps`;

export function nearest(takes: readonly Take[], envSteps: number): Take | undefined {
  const away = (take: Take) => Math.abs(take.envSteps - envSteps);
  let best: Take | undefined;
  for (const take of takes) if (!best || away(take) < away(best)) best = take;
  return best;
}
