import type { z } from 'zod';
import {
  COMMANDS,
  type CommandName,
  type CommandPayload,
  type WireError,
} from '../../shared/protocol.ts';
import { checkReplayColumns, describeIssue } from '../../shared/replay.ts';
import { RequestError } from '../runs/manager.ts';
import { StorageError } from '../storage/store.ts';

export function isCommand(event: unknown): event is CommandName {
  return typeof event === 'string' && Object.hasOwn(COMMANDS, event);
}

/** The command's payload, checked. Throws a RequestError that names the field that is wrong. */
export function parsePayload<C extends CommandName>(command: C, input: unknown): CommandPayload<C> {
  const schema = COMMANDS[command] as unknown as z.ZodType<CommandPayload<C>>;
  const result = attempt(() => schema.safeParse(input));
  if (!result) throw uncheckable(command, input);
  if (!result.success) throw badRequest(result.error, input);
  if (command === 'recording:import') {
    const wrong = checkReplayColumns((result.data as CommandPayload<'recording:import'>).replay);
    if (wrong) throw new RequestError('bad-request', wrong, `replay.${wrong.split(' ')[0]}`);
  }
  return result.data;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Of a value that makes the check itself fail, such as an object with a `length` that is no number. */
function uncheckable(command: CommandName, input: unknown): RequestError {
  const fields = Object.entries<z.ZodType>(COMMANDS[command].shape);
  const given = input as Record<string, unknown>;
  const field = fields.find(([key, schema]) => !attempt(() => schema.safeParse(given[key])))?.[0];
  return new RequestError(
    'bad-request',
    `${field ?? '(whole input)'} is of no kind that is accepted here`,
    field,
  );
}

function badRequest(error: z.ZodError, input: unknown): RequestError {
  const [issue] = error.issues;
  if (issue.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0]].join('.').slice(0, 120);
    return new RequestError('bad-request', `${field} is not a known field`, field);
  }
  let message: string;
  try {
    message = describeIssue(error, input);
  } catch {
    // Showing what was given fails for some things that no honest client sends, such as deep nesting.
    message = issue.message;
  }
  const field = issue.path.join('.').slice(0, 120);
  return new RequestError('bad-request', message.slice(0, 400), field || undefined);
}

/** What the sender of a failed request is told; `isOurs` where it was not the sender's doing. */
export function wireErrorOf(error: unknown): { wire: WireError; isOurs: boolean } {
  if (error instanceof RequestError) return { wire: error.toWire(), isOurs: false };
  if (error instanceof StorageError)
    return { wire: { code: 'storage', message: error.message }, isOurs: true };
  return {
    wire: { code: 'internal', message: 'Something went wrong in the server; its log says what.' },
    isOurs: true,
  };
}
