import type { ErrorCode, WireError } from '../../shared/protocol.ts';

/** A request that cannot be done, with what its sender is told. */
export class RequestError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.field = field;
  }

  toWire(): WireError {
    return { code: this.code, message: this.message, ...(this.field && { field: this.field }) };
  }
}
