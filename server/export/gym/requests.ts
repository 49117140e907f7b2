import { z } from 'zod';
import { MAX_CELL_PX, MIN_CELL_PX } from '../../../envs/render/film.ts';
import { describeIssue, MAX_LEVEL_ID_LENGTH } from '../../../shared/replay.ts';

/** Environments that one process holds at most: each has its own grid and random generator. */
export const MAX_ENVS = 4096;

export const AUTORESETS = ['disabled', 'next-step', 'same-step'] as const;
export type Autoreset = (typeof AUTORESETS)[number];

const id = z.union([z.number(), z.string().max(80)]).optional();
const group = z.number().int().min(1);
const index = z
  .number()
  .int()
  .min(0)
  .max(MAX_ENVS - 1);

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('hello'), id }),
  z.strictObject({
    op: z.literal('make'),
    id,
    levels: z.array(z.string().min(1).max(MAX_LEVEL_ID_LENGTH)).min(1).max(MAX_ENVS),
    autoreset: z.enum(AUTORESETS).default('disabled'),
  }),
  z.strictObject({
    op: z.literal('reset'),
    id,
    group,
    seeds: z
      .array(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable())
      .max(MAX_ENVS)
      .optional(),
    only: z.array(index).max(MAX_ENVS).optional(),
  }),
  z.strictObject({
    op: z.literal('render'),
    id,
    group,
    index: index.default(0),
    cell: z.number().int().min(MIN_CELL_PX).max(MAX_CELL_PX).default(32),
  }),
  z.strictObject({ op: z.literal('close'), id, group }),
]);

/** The one request that is sent at every step: what is in it is checked where it is used. */
interface StepRequest {
  op: 'step';
  id?: number | string;
  group: number;
  actions: readonly number[];
}
export type Request = z.infer<typeof requestSchema> | StepRequest;

/** Reads one request. Throws one Error that names the field, what was given and what is accepted. */
export function parseRequest(text: string): Request {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new Error(`the line is not JSON: ${(error as Error).message}`);
  }
  if (typeof input === 'object' && input !== null && 'op' in input && input.op === 'step')
    return input as StepRequest;
  const result = requestSchema.safeParse(input);
  if (!result.success) throw new Error(describeIssue(result.error, input));
  return result.data;
}
