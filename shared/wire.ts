import { z } from 'zod';
import { MAX_TAGS, tagSchema } from './checkpoints.ts';
import { LEARNINGS, settingsSchema } from './config.ts';
import { forkOriginSchema } from './fork.ts';
import { hackingAlarmSchema } from './hackingAlarm.ts';
import { RECORD_REASON_IDS, recordIntentSchema } from './intent.ts';
import { metricPointSchema } from './metrics.ts';
import { MAX_LEVEL_ID_LENGTH, replaySchema } from './replay.ts';
import { rewardsSchema } from './rewards.ts';
import { LEARNING_REASON_IDS } from './usualLearning.ts';

/**
 * What goes over the wire, declared once: the types, the OpenAPI document and the tables of PROTOCOL.md are
 * made from these schemas, and the tests hold real answers to them.
 */

const count = z.number().int().min(0);
const moment = count.describe('Milliseconds since 1970.');

export const idSchema = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[A-Za-z0-9_.-]+$/, 'accepted: letters, digits, "_", "." and "-"');
export const levelIdSchema = z
  .string()
  .min(1)
  .max(MAX_LEVEL_ID_LENGTH)
  .describe('A registered id, `mission:SENTENCE?options` or `layout:` and a layout.');
export const seedSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const RUN_STATUSES = [
  'starting',
  'running',
  'paused',
  'stopped',
  'finished',
  'failed',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const settingsChangeSchema = z
  .strictObject({
    envSteps: count.describe('Environment steps done when it took effect.'),
    seconds: z.number(),
    at: moment,
    kind: z.enum(['settings', 'rewards']),
    changes: z.array(z.strictObject({ id: z.string(), from: z.number(), to: z.number() })),
  })
  .describe('A change of settings or rewards while a run was going: what the charts mark.');
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export const engineInfoSchema = z.strictObject({
  name: z.string(),
  workers: count,
  reason: z.string().describe('Why this engine was chosen.'),
});
export type EngineInfo = z.infer<typeof engineInfoSchema>;

export const testingSchema = z
  .strictObject({
    done: count,
    of: count,
    secondsLeft: count.optional().describe('Absent while too few are done to tell.'),
  })
  .describe('Episodes of the held-out test that goes on just now.');
export type Testing = z.infer<typeof testingSchema>;

export const runInfoSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  note: z.string().optional().describe('What somebody wrote about it.'),
  tags: z.array(z.string()).optional(),
  levelId: z.string(),
  status: z.enum(RUN_STATUSES),
  pending: z
    .enum(['pause', 'stop'])
    .optional()
    .describe('What was asked for and is still to come.'),
  midway: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of an update that is done, where it is paused in the middle of one.'),
  message: z
    .string()
    .optional()
    .describe('In plain words, when status is `failed`, or a warning that did not stop it.'),
  alarm: hackingAlarmSchema
    .optional()
    .describe(
      'While the return rises and held-out mission success falls: the rewards pay for something else.',
    ),
  testing: testingSchema.optional(),
  createdAt: moment,
  init: z.string().describe('Name of the checkpoint that it started from, or `scratch`.'),
  fork: forkOriginSchema.optional(),
  record: recordIntentSchema.optional(),
  curriculum: z
    .array(z.string())
    .optional()
    .describe('Easier levels that it trains on beside its own; tests are on its own alone.'),
  learning: z.enum(LEARNINGS).describe('How it learns from what it plays, now.'),
  learningReason: z
    .enum(LEARNING_REASON_IDS)
    .describe(
      'Why so. Where it is `missionOnly` or `shapedNow`, the way of learning follows the rewards from the next rollout on: self-cloning while only the mission is paid, PPO otherwise.',
    ),
  policy: z.string(),
  preset: z.string(),
  seed: count,
  parameters: count.optional(),
  engine: engineInfoSchema.optional(),
  envSteps: count,
  episodes: count,
  updates: count,
  seconds: z.number().min(0),
  settings: settingsSchema,
  rewards: rewardsSchema,
  success: z.number().optional().describe('Newest value, for lists.'),
  evalSuccess: z.number().optional().describe('Newest value, for lists.'),
});
export type RunInfo = z.infer<typeof runInfoSchema>;

export const levelSummarySchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  skill: z.string(),
  world: z.string(),
  example: z.string().describe('Mission sentence of seed 0.'),
  maxSteps: count,
  width: count,
  height: count,
  difficulty: z
    .number()
    .nullable()
    .describe('Mean steps that the bot needs; null where it has not been measured.'),
});
export type LevelSummary = z.infer<typeof levelSummarySchema>;

export const missionCheckSchema = z
  .strictObject({
    ok: z
      .boolean()
      .describe('The bot solves it; false only where an impossible one was allowed on purpose.'),
    levelId: z
      .string()
      .describe('What `run:create` takes to train on it; the same text makes the same level.'),
    mission: z.string().describe('The sentence as Minigrid would say it.'),
    expectedLength: z
      .number()
      .nullable()
      .describe('Mean steps that the bot needs; null where it never succeeded.'),
    success: z.number().describe('Share of the tried layouts that the bot solved.'),
    reasons: z.array(z.string()).describe('Why it failed in the others.'),
    maxSteps: count,
    width: count,
    height: count,
  })
  .describe('What the bot made of a mission or layout made by hand.');
export type MissionCheck = z.infer<typeof missionCheckSchema>;

export const missionCompletionSchema = z
  .strictObject({
    text: z.string().describe('The word or phrase offered.'),
    full: z.string().describe('The whole input field with it.'),
  })
  .describe('One way on from what has been typed of a mission.');
export type MissionCompletion = z.infer<typeof missionCompletionSchema>;

export const recordingInfoSchema = z.strictObject({
  id: z.string(),
  levelId: z.string(),
  seed: count,
  mission: z.string(),
  success: z.boolean(),
  steps: count,
  return: z.number(),
  createdAt: moment,
  savedAt: moment,
  runId: z.string(),
  envSteps: count,
  name: z.string().optional().describe('What somebody called it.'),
  tags: z.array(tagSchema).max(MAX_TAGS).optional(),
  why: z
    .enum(RECORD_REASON_IDS)
    .optional()
    .describe('Why its run recorded it by itself; absent where somebody did.'),
});
export type RecordingInfo = z.infer<typeof recordingInfoSchema>;

export const runSnapshotSchema = z
  .strictObject({
    run: runInfoSchema,
    metrics: z.array(metricPointSchema).describe('Thinned to at most 1,000 points.'),
    changes: z.array(settingsChangeSchema).describe('The newest 1,000.'),
    episodes: z.array(replaySchema).describe('The newest finished ones, oldest first.'),
  })
  .describe('What a watcher gets at once: enough to draw everything without a reload.');
export type RunSnapshot = z.infer<typeof runSnapshotSchema>;

/** Every error code, with what it means. */
export const ERRORS = {
  'bad-request': 'the payload is wrong; `field` says where',
  'not-found': 'no such run, episode or recording',
  conflict: 'not now: shutting down, or the run trains',
  forbidden: 'this client may only watch',
  'too-many': 'slow down; try again in a moment',
  storage: 'the disk failed; the message says what to do',
  internal: 'a fault of the server; its log says more',
} as const;
export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** Why a request was refused, for programs; people read the message. */
export const ERROR_REASONS = {
  'unknown-field': 'a field that the command does not have',
  'bad-value': 'a value that the field does not take',
  'unknown-level': 'no level has this id',
  unreadable:
    'a mission that does not read; `word` and `expected` say where and what could stand there',
  impossible: 'a mission or layout that the bot never solves',
} as const;
export type ErrorReason = keyof typeof ERROR_REASONS;

export const wireErrorSchema = z.strictObject({
  code: z.enum(ERROR_CODES),
  message: z.string().describe('For people.'),
  reason: z.enum(Object.keys(ERROR_REASONS) as ErrorReason[]).optional(),
  field: z.string().optional().describe('Path of the field that is wrong, where one is.'),
  word: z
    .strictObject({ text: z.string(), start: count, end: count })
    .optional()
    .describe(
      'In a mission: the word that does not fit and where it stands in the text sent; empty where the text ends too early.',
    ),
  expected: z.array(z.string()).optional().describe('What could stand there.'),
});
export type WireError = z.infer<typeof wireErrorSchema>;
