/** The task cannot be played as asked; the message names the field. */
export class PlayError extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.name = 'PlayError';
    this.field = field;
  }
}
