/** What is wrong with the queue, the storage, or what was asked of them: one sentence that names the field. */
export class QueueError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'QueueError';
  }
}
