import { z } from 'zod';
import { TRAIN_FIELDS } from '../../shared/config.ts';
import type { FieldTable } from '../../shared/fields.ts';
import { METRIC_IDS, type MetricId, type MetricPoint } from '../../shared/metrics.ts';
import {
  ERROR_CODES,
  type LevelSummary,
  RUN_STATUSES,
  type RunInfo,
  type RunSnapshot,
  type SettingsChange,
  type WireError,
} from '../../shared/protocol.ts';
import { replaySchema } from '../../shared/replay.ts';
import { REWARD_FIELDS } from '../../shared/rewards.ts';

/**
 * What the HTTP routes answer, as schemas: the OpenAPI document is made from them, and the tests hold
 * real answers against them. The `z.ZodType<…>` annotations keep them the same as the protocol's types.
 */
const count = z.number().int().min(0);

function valuesOf<T extends FieldTable>(table: T) {
  const shape: Record<string, z.ZodType<number>> = {};
  for (const [id, field] of Object.entries(table)) {
    const number = field.integer ? z.number().int() : z.number();
    shape[id] = number.min(field.min).max(field.max).describe(`${field.label}. ${field.help}`);
  }
  return z.strictObject(shape) as unknown as z.ZodType<{ [K in keyof T]: number }>;
}

export const runInfoSchema: z.ZodType<RunInfo> = z.strictObject({
  id: z.string(),
  name: z.string(),
  levelId: z.string(),
  status: z.enum(RUN_STATUSES),
  message: z.string().optional(),
  createdAt: count.describe('Milliseconds since 1970.'),
  init: z.string(),
  policy: z.string(),
  preset: z.string(),
  seed: count,
  parameters: count.optional(),
  engine: z.strictObject({ name: z.string(), workers: count, reason: z.string() }).optional(),
  envSteps: count,
  episodes: count,
  updates: count,
  seconds: z.number().min(0),
  settings: valuesOf(TRAIN_FIELDS),
  rewards: valuesOf(REWARD_FIELDS),
  success: z.number().optional(),
  evalSuccess: z.number().optional(),
});

export const levelSchema: z.ZodType<LevelSummary> = z.strictObject({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  skill: z.string(),
  world: z.string(),
  example: z.string(),
  maxSteps: count,
  width: count,
  height: count,
  difficulty: z.number().nullable().describe('Mean steps that the bot needs.'),
});

const pointSchema: z.ZodType<MetricPoint> = z.strictObject({
  envSteps: count,
  episodes: count,
  seconds: z.number(),
  updates: count,
  values: z.partialRecord(z.enum(METRIC_IDS as [MetricId, ...MetricId[]]), z.number()),
});

const changeSchema: z.ZodType<SettingsChange> = z.strictObject({
  envSteps: count,
  seconds: z.number(),
  at: count,
  kind: z.enum(['settings', 'rewards']),
  changes: z.array(z.strictObject({ id: z.string(), from: z.number(), to: z.number() })),
});

export const snapshotSchema: z.ZodType<RunSnapshot> = z.strictObject({
  run: runInfoSchema,
  metrics: z.array(pointSchema),
  changes: z.array(changeSchema),
  episodes: z.array(replaySchema),
});

export const errorSchema: z.ZodType<{ error: WireError }> = z.strictObject({
  error: z.strictObject({
    code: z.enum(ERROR_CODES),
    message: z.string(),
    field: z.string().optional(),
    word: z.strictObject({ text: z.string(), start: count, end: count }).optional(),
    expected: z.array(z.string()).optional(),
  }),
});

export const aliveSchema = z.strictObject({ alive: z.literal(true) });
export const healthSchema = z.strictObject({
  alive: z.literal(true),
  ready: z.boolean().describe('False while it starts or stops, or cannot reach its storage.'),
  reason: z.string().optional(),
  version: z.string(),
  uptimeSeconds: z.number(),
  runs: z.strictObject({ all: count, active: count }),
});

export const levelsAnswer = z.strictObject({ levels: z.array(levelSchema) });
export const runsAnswer = z.strictObject({
  runs: z.array(runInfoSchema),
  defaultRunId: z.string().optional(),
});
export const replayAnswer = replaySchema;
export const playAnswer = z.strictObject({ replay: replaySchema });
