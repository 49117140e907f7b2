import { DatasetError } from '../export/datasets/episode.ts';
import { DATASET_FORMATS, exportDataset } from '../export/datasets/exportDataset.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkDestination, checkFolder } from './destination.ts';
import { readReplay } from './replayFile.ts';

export const command = defineCommand({
  options: {
    format: {
      type: 'text',
      help: 'parquet: one file, a row for each observation. minari: a folder with HDF5 in it, of one level.',
      choices: DATASET_FORMATS,
      required: true,
    },
    out: {
      type: 'text',
      help: 'The new file or folder.',
      placeholder: 'PATH',
      path: 'read',
      required: true,
    },
  },
  operands: { name: 'FILE', help: 'Replay files.', min: 1, max: 1_000_000 },
  async run({ options, operands, say }) {
    const { format, out } = options;
    if (format === 'parquet') checkDestination('out', out);
    else checkFolder('out', out);
    const totals = await exportDataset({
      format,
      out,
      names: operands,
      read: readReplay,
      onMismatch: say,
      onEpisode: (done) => done % 1000 === 0 && say(`${done} of ${operands.length} episodes`),
    }).catch((error: Error) => {
      if (error instanceof DatasetError) throw new UsageError(error.message);
      throw error;
    });
    return { json: { ...totals, format, out }, exitCode: totals.mismatches > 0 ? 1 : 0 };
  },
});
