/** The numbers of a training have become infinite or NaN, so it cannot go on. The message is for people. */
export class DivergedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DivergedError';
  }
}
