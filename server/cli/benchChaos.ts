import { chaos } from '../bench/chaos/chaos.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {
    faults: {
      type: 'integer',
      help: 'How many kills and stops of server, trainer or both.',
      default: 100,
      min: 1,
      max: 10_000,
    },
    minutes: {
      type: 'number',
      help: 'No further one after so long.',
      default: 600,
      min: 0.1,
      max: 10_000,
    },
    seed: { type: 'integer', help: 'Of the moments and what happens.', default: 1, min: 0 },
  },
  async run({ options, say }) {
    const result = await chaos({ ...options, say });
    return { json: { ...result }, exitCode: result.problems.length > 0 ? 1 : 0 };
  },
});
