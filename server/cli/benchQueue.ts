import { disturbedQueue, QUEUE_FAULTS, type QueueFault } from '../bench/queue/disturbed.ts';
import { defineBench } from './benchCommand.ts';

export const command = defineBench({
  options: {
    faults: { type: 'integer', help: 'How many.', default: 20, min: 1, max: 10_000 },
    kinds: {
      type: 'list',
      help: `Which ones, at random: ${QUEUE_FAULTS.join(', ')}.`,
      placeholder: 'A,B',
      choices: QUEUE_FAULTS,
    },
    workers: { type: 'integer', help: 'Workers.', default: 2, min: 1, max: 16 },
    seed: { type: 'integer', help: 'Of the moments and what happens.', default: 1, min: 0 },
  },
  async run({ options, say }) {
    const { faults, workers, seed } = options;
    // Cast: the table accepts nothing else.
    const kinds = options.kinds as unknown as QueueFault[] | undefined;
    const result = await disturbedQueue({ faults, workers, seed, kinds, say });
    return { json: { ...result }, exitCode: result.problems.length > 0 ? 1 : 0 };
  },
});
