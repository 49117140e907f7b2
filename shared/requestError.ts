import type { ErrorCode, WireError } from './wire.ts';

/** What a program can read of an error beside its code. */
export type ErrorDetails = Omit<WireError, 'code' | 'message'>;

/** A request that cannot be done, with what its sender is told. */
export class RequestError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** @param details the field's path, or more that a program can read */
  constructor(code: ErrorCode, message: string, details: string | ErrorDetails = {}) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    this.details = typeof details === 'string' ? { field: details } : details;
  }

  get field(): string | undefined {
    return this.details.field;
  }

  static fromWire({ code, message, ...details }: WireError): RequestError {
    return new RequestError(code, message, details);
  }

  toWire(): WireError {
    const { code, message, details } = this;
    return { code, message, ...details };
  }
}
