import type { ErrorCode, WireError } from '../../shared/protocol.ts';

/** A request that cannot be done, with what its sender is told. */
export class RequestError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  /** Of a mission that does not read. */
  details: Pick<WireError, 'word' | 'expected'> = {};

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.field = field;
  }

  toWire(): WireError {
    const { code, message, field, details } = this;
    return { code, message, ...(field && { field }), ...details };
  }
}
