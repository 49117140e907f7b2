/** A weight file that cannot be used. `field` names the part that is wrong, the message says all. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.field = field;
  }

  /** The same error, telling which file it was. */
  inFile(path: string): CheckpointError {
    const error = new CheckpointError(this.field, this.message.slice(this.field.length + 2));
    error.message = `${path}: ${this.message}`;
    return error;
  }
}
