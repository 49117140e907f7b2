import { z } from 'zod';

const count = z.number().int().min(0);
const id = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[A-Za-z0-9_.-]+$/, 'accepted: letters, digits, "_", "." and "-"');

export const forkRequestSchema = z
  .strictObject({
    run: id.describe('The run to branch off from.'),
    checkpoint: id
      .optional()
      .describe('One of its kept checkpoints, as `checkpoint:list` names it.'),
    step: count
      .optional()
      .describe('Instead of `checkpoint`: the newest kept one at or before this environment step.'),
  })
  .describe(
    'Where a run branches off from another: from the newest checkpoint, where neither `checkpoint` nor `step` is there.',
  );
export type ForkRequest = z.infer<typeof forkRequestSchema>;

export const forkOriginSchema = z
  .strictObject({
    run: z.string().describe('The run that it branched off from; that one may be deleted by now.'),
    name: z.string().describe('What that run was called then.'),
    checkpoint: z.string(),
    init: z.string().describe('What the first run of the family started from.'),
    envSteps: count.describe('Steps of the checkpoint: the fork counts on from there.'),
    updates: count,
    worlds: z
      .enum(['kept', 'anew'])
      .describe(
        '`kept`: it goes on in the very worlds in which the other was, so that an unchanged fork repeats it bit for bit. `anew`: its level or a setting that is fixed in a run differs, and its worlds begin anew.',
      ),
  })
  .describe('Where a run branched off from another.');
export type ForkOrigin = z.infer<typeof forkOriginSchema>;
