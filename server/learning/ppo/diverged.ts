/** Training that has become infinite or NaN: going on would only spoil more. In plain words. */
export class DivergedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DivergedError';
  }
}
