import { fuzz } from '../bench/fuzz/fuzz.ts';
import { forkTypescript, untilListening } from '../bench/ownServer.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {
    inputs: { type: 'integer', help: 'How many.', default: 100_000, min: 10, max: 100_000_000 },
    seed: { type: 'integer', help: 'Determines them all.', default: 1, min: 0, max: 2 ** 31 },
    first: {
      type: 'integer',
      help: 'Number of the first, to send one again that had a finding.',
      default: 0,
      min: 0,
      max: 100_000_000,
    },
    'at-once': {
      type: 'integer',
      help: 'Inputs on their way at the same time.',
      default: 16,
      min: 1,
      max: 500,
    },
  },
  async run({ options, say }) {
    const child = forkTypescript(new URL('../bench/fuzz/fuzzServer.testing.ts', import.meta.url));
    try {
      const url = await untilListening(child);
      const begun = performance.now();
      const report = await fuzz({
        url,
        inputs: options.inputs,
        seed: options.seed,
        first: options.first,
        atOnce: options['at-once'],
        onProgress: say,
      });
      const seconds = Math.round((performance.now() - begun) / 1000);
      return { json: { ...report, seconds }, exitCode: report.findings.length === 0 ? 0 : 1 };
    } finally {
      child.kill('SIGKILL');
    }
  },
});
