import { z } from 'zod';
import { POLICY_KINDS, PRESET_IDS, settingsPatchSchema, type TrainSettings } from './config.ts';
import type { HackingAlarm } from './hackingAlarm.ts';
import type { MetricPoint } from './metrics.ts';
import { playRequest } from './play.ts';
import { MAX_LEVEL_ID_LENGTH, type Replay, replaySchema } from './replay.ts';
import { type RewardWeights, rewardsPatchSchema } from './rewards.ts';

/**
 * The wire between client and server. Commands go up as Socket.IO events named `noun:verb` with one
 * payload and an acknowledgement; events come down to everyone who watches the run.
 */

export const RUN_STATUSES = [
  'starting',
  'running',
  'paused',
  'stopped',
  'finished',
  'failed',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** A change of settings or rewards while a run was going: what the charts mark. */
export interface SettingsChange {
  /** Environment steps done when it took effect. */
  envSteps: number;
  seconds: number;
  /** Milliseconds since 1970. */
  at: number;
  kind: 'settings' | 'rewards';
  changes: { id: string; from: number; to: number }[];
}

export interface EngineInfo {
  name: string;
  workers: number;
  /** Why this engine was chosen. */
  reason: string;
}

export interface RunInfo {
  id: string;
  name: string;
  levelId: string;
  status: RunStatus;
  /** In plain words, when status is `failed`, or a warning that did not stop it. */
  message?: string;
  /** While the return rises and held-out mission success falls: the rewards pay for something else. */
  alarm?: HackingAlarm;
  createdAt: number;
  /** Name of the checkpoint that it started from, or `scratch`. */
  init: string;
  /** Easier levels that it trains on beside its own; tests are on its own alone. */
  curriculum?: string[];
  policy: string;
  preset: string;
  seed: number;
  parameters?: number;
  engine?: EngineInfo;
  envSteps: number;
  episodes: number;
  updates: number;
  seconds: number;
  settings: TrainSettings;
  rewards: RewardWeights;
  /** Newest values, for lists. */
  success?: number;
  evalSuccess?: number;
}

export interface LevelSummary {
  id: string;
  title: string;
  description: string;
  skill: string;
  world: string;
  /** Mission sentence of seed 0, as an example. */
  example: string;
  maxSteps: number;
  width: number;
  height: number;
  /** Mean steps that the bot needs; null where it has not been measured. */
  difficulty: number | null;
}

/** What the bot made of a mission or layout made by hand. */
export interface MissionCheck {
  /** The bot solves it; false only where an impossible one was allowed on purpose. */
  ok: boolean;
  /** What `run:create` takes to train on it; the same text makes the same level. */
  levelId: string;
  /** The sentence as Minigrid would say it. */
  mission: string;
  /** Mean steps that the bot needs; null where it never succeeded. */
  expectedLength: number | null;
  /** Share of the tried layouts that the bot solved. */
  success: number;
  /** Why it failed in the others. */
  reasons: string[];
  maxSteps: number;
  width: number;
  height: number;
}

/** One way on from what has been typed of a mission. */
export interface MissionCompletion {
  /** The word or phrase offered. */
  text: string;
  /** The whole input field with it. */
  full: string;
}

export interface RecordingInfo {
  id: string;
  levelId: string;
  seed: number;
  mission: string;
  success: boolean;
  steps: number;
  return: number;
  createdAt: number;
  savedAt: number;
  runId: string;
  envSteps: number;
}

/** What a watcher gets at once: enough to draw everything without a reload. */
export interface RunSnapshot {
  run: RunInfo;
  /** Downsampled to at most 1,000 points. */
  metrics: MetricPoint[];
  changes: SettingsChange[];
  /** Newest finished episodes, oldest first. */
  episodes: Replay[];
}

const id = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[A-Za-z0-9_.-]+$/, 'accepted: letters, digits, "_", "." and "-"');
/** A registered id, `mission:SENTENCE?options` or `layout:` and a layout. */
const levelId = z.string().min(1).max(MAX_LEVEL_ID_LENGTH);
const seed = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const runRef = z.strictObject({ runId: id });

export const createRunSchema = z.strictObject({
  levelId,
  /** Train on a mission made by hand even where the bot never solves it. */
  allowImpossible: z.boolean().optional(),
  name: z.string().min(1).max(80).optional(),
  /** A shipped checkpoint's name, a saved checkpoint's id, or `scratch`. */
  init: id.optional(),
  /** Easier levels to train on beside it, an equal share of the worlds each. */
  curriculum: z.array(levelId).min(1).max(15).optional(),
  policy: z.enum(POLICY_KINDS).optional(),
  preset: z.enum(PRESET_IDS).optional(),
  seed: seed.optional(),
  settings: settingsPatchSchema.optional(),
  rewards: rewardsPatchSchema.optional(),
});

/** Every command: its payload schema. The acknowledgement is `{ok: true, data}` or `{ok: false, error}`. */
export const COMMANDS = {
  'level:list': z.strictObject({}),
  /** Either `sentence` (options may follow a question mark) or `layout`. */
  'mission:check': z
    .strictObject({
      sentence: z.string().max(MAX_LEVEL_ID_LENGTH).optional(),
      layout: z.string().max(MAX_LEVEL_ID_LENGTH).optional(),
      allowImpossible: z.boolean().optional(),
    })
    .refine(({ sentence, layout }) => (sentence === undefined) !== (layout === undefined), {
      message: 'accepted: either sentence or layout',
    }),
  'mission:complete': z.strictObject({ prefix: z.string().max(MAX_LEVEL_ID_LENGTH) }),
  'run:list': z.strictObject({}),
  'run:create': createRunSchema,
  'run:watch': runRef,
  'run:unwatch': runRef,
  'run:pause': runRef,
  'run:resume': runRef,
  'run:stop': runRef,
  'run:delete': runRef,
  'run:settings': z.strictObject({ runId: id, settings: settingsPatchSchema }),
  'run:rewards': z.strictObject({ runId: id, rewards: rewardsPatchSchema }),
  /**
   * One episode, played on the server for whoever asks. `policy`: a shipped checkpoint's name; a run's id
   * (its newest checkpoint), or that with `.best`, `.start` (what it began with) or `.uN`; `expert` or `random`.
   */
  'episode:play': z.strictObject({ policy: id, levelId, seed, ...playRequest }),
  'recording:save': z.strictObject({ runId: id, episodeId: id }),
  'recording:import': z.strictObject({ replay: replaySchema }),
  'recording:list': z.strictObject({}),
  'recording:get': z.strictObject({ recordingId: id }),
  'recording:delete': z.strictObject({ recordingId: id }),
} as const;

export type CommandName = keyof typeof COMMANDS;
/** A payload as it arrives, checked and filled up with defaults. */
export type CommandPayload<C extends CommandName> = z.infer<(typeof COMMANDS)[C]>;
/** A payload as it is sent. */
export type CommandInput<C extends CommandName> = z.input<(typeof COMMANDS)[C]>;

/** What each command's acknowledgement carries. */
export interface CommandResult {
  'level:list': { levels: LevelSummary[] };
  'mission:check': MissionCheck;
  'mission:complete': { completions: MissionCompletion[] };
  'run:list': { runs: RunInfo[]; defaultRunId?: string };
  'run:create': { run: RunInfo };
  'run:watch': RunSnapshot;
  'run:unwatch': Record<string, never>;
  'run:pause': { run: RunInfo };
  'run:resume': { run: RunInfo };
  'run:stop': { run: RunInfo };
  'run:delete': Record<string, never>;
  'run:settings': { run: RunInfo };
  'run:rewards': { run: RunInfo };
  'episode:play': { replay: Replay };
  'recording:save': { recording: RecordingInfo };
  'recording:import': { recording: RecordingInfo };
  'recording:list': { recordings: RecordingInfo[] };
  'recording:get': { replay: Replay };
  'recording:delete': Record<string, never>;
}

export const ERROR_CODES = [
  'bad-request',
  'not-found',
  'conflict',
  'forbidden',
  'too-many',
  'storage',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface WireError {
  code: ErrorCode;
  message: string;
  /** Path of the field that is wrong, where one is. */
  field?: string;
  /** In a mission: the word that does not fit, where it stands in the text sent, and what could stand there. */
  word?: { text: string; start: number; end: number };
  expected?: string[];
}

export type Ack<T> = { ok: true; data: T } | { ok: false; error: WireError };

export type ClientToServerEvents = {
  [C in CommandName]: (
    payload: CommandInput<C>,
    ack: (answer: Ack<CommandResult[C]>) => void,
  ) => void;
};

export interface ServerToClientEvents {
  /** A run was made, or its status, counters or settings changed. To everyone. */
  'run:state': (run: RunInfo) => void;
  /** A run was deleted. To everyone. */
  'run:removed': (message: { runId: string }) => void;
  /** One update's measurements. To the run's watchers. */
  'metrics:point': (message: { runId: string; point: MetricPoint }) => void;
  /** A whole finished episode. To the run's watchers; a slow one misses some. */
  'episode:new': (message: { runId: string; replay: Replay }) => void;
  /** Settings or rewards changed. To the run's watchers. */
  'run:changed': (message: { runId: string; change: SettingsChange }) => void;
  'recording:added': (recording: RecordingInfo) => void;
  'recording:removed': (message: { recordingId: string }) => void;
}
