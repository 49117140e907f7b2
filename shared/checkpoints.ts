import { z } from 'zod';

const count = z.number().int().min(0);

export const checkpointLineSchema = z
  .strictObject({
    id: z.string().describe('What `run:create` takes as `init`, and `episode:play` as `policy`.'),
    updates: count,
    envSteps: count,
    bytes: count,
    evalSuccess: z.number().optional().describe('Held-out success of exactly these weights.'),
    savedAt: count.describe('Milliseconds since 1970.'),
  })
  .describe('A kept checkpoint of a run.');
export type CheckpointLine = z.infer<typeof checkpointLineSchema>;

export const uploadedCheckpointSchema = z
  .strictObject({
    id: z.string().describe('What `run:create` takes as `init`.'),
    policy: z.string(),
    preset: z.string(),
  })
  .describe('A policy that was brought as a file.');
export type UploadedCheckpoint = z.infer<typeof uploadedCheckpointSchema>;

/** What people may say of a run. */
export const MAX_NOTE = 2000;
export const MAX_TAGS = 12;
export const tagSchema = z
  .string()
  .min(1)
  .max(30)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} _.+-]*$/u,
    'accepted: letters, digits, spaces, "_", ".", "+" and "-"',
  );
