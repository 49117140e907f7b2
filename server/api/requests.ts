import { z } from 'zod';
import {
  COMMANDS,
  type CommandName,
  type CommandPayload,
  type WireError,
} from '../../shared/protocol.ts';
import { checkReplayColumns, describeIssue } from '../../shared/replay.ts';
import { type ErrorDetails, RequestError } from '../../shared/requestError.ts';
import { StorageError } from '../storage/store.ts';

export function isCommand(event: unknown): event is CommandName {
  return typeof event === 'string' && Object.hasOwn(COMMANDS, event);
}

/** The command's payload, checked. Throws a RequestError that names the field that is wrong. */
export function parsePayload<C extends CommandName>(command: C, input: unknown): CommandPayload<C> {
  const schema: z.ZodObject = COMMANDS[command].payload;
  const result = attempt(() => schema.safeParse(input));
  if (!result) throw uncheckable(schema, input);
  if (!result.success) throw badRequest(result.error, input);
  const payload = result.data as CommandPayload<C>;
  if ('replay' in payload && payload.replay) {
    const fault = checkReplayColumns(payload.replay);
    if (fault)
      throw new RequestError('bad-request', fault.message, badValue(`replay.${fault.field}`));
  }
  return payload;
}

const badValue = (field: string | undefined): ErrorDetails => ({
  reason: 'bad-value',
  ...(field && { field: field.slice(0, 120) }),
});

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** For a value that makes the check itself fail, such as an object with a `length` that is no number. */
function uncheckable(schema: z.ZodObject, input: unknown): RequestError {
  const given = input as Record<string, unknown>;
  const field = Object.entries(schema.shape).find(
    ([key, own]) => !attempt(() => z.safeParse(own, given[key])),
  )?.[0];
  return new RequestError(
    'bad-request',
    `${field ?? '(whole input)'} is of no kind that is accepted here`,
    badValue(field),
  );
}

function badRequest(error: z.ZodError, input: unknown): RequestError {
  const [issue] = error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0]].join('.').slice(0, 120);
    return new RequestError('bad-request', `${field} is not a known field`, {
      reason: 'unknown-field',
      field,
    });
  }
  // Showing what was given fails for some things that no honest client sends, such as deep nesting.
  const message = attempt(() => describeIssue(error, input)) ?? issue?.message ?? error.message;
  return new RequestError(
    'bad-request',
    message.slice(0, 400),
    badValue(issue?.path.map(String).join('.')),
  );
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
