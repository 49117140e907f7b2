import { UsageError } from './command.ts';

/** How the machines of a queue find one another. */
export const QUEUE_OPTIONS = {
  redis: {
    type: 'text',
    help: 'Redis that holds the queue: redis://[:PASSWORD@]HOST[:PORT][/DATABASE]. A password may stand in the environment variable REDISCLI_AUTH instead.',
    placeholder: 'URL',
  },
  storage: {
    type: 'text',
    help: 'Folder that all machines share, as a path or file:///PATH.',
    placeholder: 'URL',
  },
} as const;

export interface QueuePlace {
  redis: string;
  storage: string;
}

/** Both or neither. Throws a UsageError for one alone. */
export function queuePlace(options: { redis?: string; storage?: string }): QueuePlace | undefined {
  const { redis, storage } = options;
  if (redis === undefined && storage === undefined) return undefined;
  if (storage === undefined)
    throw new UsageError(
      '--storage is missing: with --redis, machines hand on what they train in a folder that all of them share',
    );
  if (redis === undefined)
    throw new UsageError('--storage has no effect without --redis, which says where the queue is');
  return { redis, storage };
}
