import { z } from 'zod';

/** Why an episode was recorded without anybody pressing Record. */
export const RECORD_REASONS = {
  next: { label: 'Next ones', help: 'So many episodes from now on, each as it is shown.' },
  failures: {
    label: 'Every failure shown',
    help: 'Each episode that this page is shown and that is not done: at most some four a second, while training plays many more.',
  },
  firstSuccess: {
    label: 'First success',
    help: 'The first episode of the run that is shown and done, also where that is past and still kept.',
  },
  longestLoop: {
    label: 'Longest loop',
    help: 'The episode with the longest stretch of states that it had been in before; a longer one takes its place.',
  },
  regression: {
    label: 'Biggest regression',
    help: 'A held-out world that was done before and is not any more; the one that took the fewest steps then stays.',
  },
} as const;
export type RecordReason = keyof typeof RECORD_REASONS;
export const RECORD_REASON_IDS = Object.keys(RECORD_REASONS) as [RecordReason, ...RecordReason[]];

/** Recordings that a run makes by itself, and their bytes, before it makes no more. */
export const MAX_OWN_RECORDINGS = 400;
export const MAX_OWN_RECORDING_BYTES = 20_000_000;
export const MAX_NEXT = 200;

const count = z.number().int().min(0);

export const recordPatchSchema = z.strictObject({
  next: count.max(MAX_NEXT).optional().describe('How many of the next episodes.'),
  failures: z.boolean().optional(),
  firstSuccess: z.boolean().optional(),
  longestLoop: z.boolean().optional(),
  regression: z.boolean().optional(),
});
export type RecordPatch = z.infer<typeof recordPatchSchema>;

/** One that a bigger one will replace. */
const heldSchema = z.strictObject({ recordingId: z.string(), size: z.number() });

export const recordIntentSchema = z
  .strictObject({
    ...recordPatchSchema.shape,
    made: count.describe(`Recordings so far; at ${MAX_OWN_RECORDINGS} no more are made.`),
    bytes: count.describe(`Of them; at ${MAX_OWN_RECORDING_BYTES} no more are made.`),
    loop: heldSchema.optional().describe('The longest loop so far, in steps.'),
    drop: heldSchema
      .optional()
      .describe(
        'The biggest regression so far: how many steps that world had taken when it was done.',
      ),
  })
  .describe('What a run records by itself, of the episodes that viewers are shown.');
export type RecordIntent = z.infer<typeof recordIntentSchema>;
