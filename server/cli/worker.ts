import { work } from '../queue/worker.ts';
import { defineCommand } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { QUEUE_OPTIONS } from './queueOptions.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    redis: { ...QUEUE_OPTIONS.redis, required: true },
    storage: { ...QUEUE_OPTIONS.storage, required: true },
    engine: COMPUTE_OPTIONS.engine,
    slots: {
      type: 'integer',
      help: 'Trainings at once. How many threads each has, its sweep says.',
      default: 1,
      min: 1,
      max: 64,
    },
    lease: {
      type: 'number',
      help: 'Seconds after which somebody else goes on with what a worker held that is not heard of any more.',
      default: 12,
      min: 1,
      max: 3600,
    },
    'save-every': {
      type: 'number',
      help: 'Seconds between two states of a training in the storage: at most so much is done again after a worker died.',
      default: 15,
      min: 0,
      max: 3600,
    },
    'max-idle': {
      type: 'number',
      help: 'End after so many seconds without work; by default it waits for ever.',
      min: 0,
    },
  },
  async run({ options, say }) {
    const interrupts = new Interrupts(say);
    try {
      const { redis, storage, engine, slots, lease } = options;
      const count = await work({
        ...{ redis, storage, engine, slots, leaseSeconds: lease },
        saveEverySeconds: options['save-every'],
        maxIdleSeconds: options['max-idle'],
        isStopped: () => interrupts.signal !== undefined,
        say,
      });
      return { json: { ...count, interrupted: interrupts.signal ?? null }, exitCode: 0 };
    } finally {
      interrupts.dispose();
    }
  },
});
