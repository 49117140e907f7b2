import { ENGINE_CHOICES } from '../../shared/config.ts';
import { benchKernel } from '../bench/benchKernel.ts';
import { kernelTable, tableText } from '../bench/kernelTable.ts';
import { defineBench } from './benchCommand.ts';
import { UsageError } from './command.ts';

export const command = defineBench({
  options: {
    tokens: { type: 'integer', help: 'Tokens of a sample.', default: 16, min: 1, max: 512 },
    width: {
      type: 'integer',
      help: 'Width of the network; a multiple of 16.',
      default: 128,
      min: 16,
      max: 2048,
    },
    batch: { type: 'integer', help: 'Samples in a batch.', default: 256, min: 1, max: 65536 },
    engine: { type: 'text', help: 'What computes.', choices: ENGINE_CHOICES, default: 'wasm' },
    'no-native': { type: 'flag', help: 'Leave native code out.' },
    workers: {
      type: 'integer',
      help: 'Measure so many threads that train together, too.',
      default: 1,
      min: 1,
      max: 64,
    },
    profile: { type: 'flag', help: 'Say where the time goes, kernel by kernel.' },
    table: { type: 'flag', help: 'Many sizes, one axis at a time, instead of the one given.' },
    seconds: {
      type: 'number',
      help: 'How long to measure, each size.',
      default: 20,
      min: 1,
      max: 3600,
    },
  },
  async run({ options, say }) {
    const { table, 'no-native': noNative, ...rest } = options;
    if (options.width % 16 !== 0) {
      throw new UsageError(`--width is ${options.width}; accepted: a multiple of 16`);
    }
    const bench = { ...rest, native: !noNative };
    if (!table) return { json: { ...(await benchKernel(bench)) } };
    const rows = await kernelTable(bench, ({ tokens, width, batch, forwardPerSecond }) =>
      say(
        `${tokens} × ${width}, batch ${batch}: ${Math.round(forwardPerSecond)} forward samples/s`,
      ),
    );
    return { json: { engine: rows[0].engine, rows }, text: tableText(rows) };
  },
});
