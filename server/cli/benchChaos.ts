import { chaos, FAULTS, type Fault } from '../bench/chaos/chaos.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {
    faults: {
      type: 'integer',
      help: 'How many kills and stops of processes, and faults of folder, files, disk, clock and cores.',
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
    kinds: {
      type: 'list',
      help: `Which ones, in turn (default: all at random): ${FAULTS.join(', ')}.`,
      placeholder: 'A,B',
      check: (value: string) =>
        (FAULTS as readonly string[]).includes(value)
          ? undefined
          : `accepted: ${FAULTS.join(', ')}`,
    },
    seed: { type: 'integer', help: 'Of the moments and what happens.', default: 1, min: 0 },
  },
  async run({ options, say }) {
    const kinds = options.kinds as Fault[] | undefined;
    const result = await chaos({ ...options, kinds, say });
    return { json: { ...result }, exitCode: result.problems.length > 0 ? 1 : 0 };
  },
});
