import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatasetError } from '../export/datasets/episode.ts';
import { importDataset } from '../export/datasets/importDataset.ts';
import { defineCommand, UsageError } from './command.ts';

/** More are only counted. */
const MISMATCHES_TOLD = 20;

export const command = defineCommand({
  options: {
    out: {
      type: 'text',
      help: 'A folder for the episodes as replay files; by default they are only verified.',
      placeholder: 'FOLDER',
      path: 'read',
    },
  },
  operands: {
    name: 'PATH',
    help: 'A .parquet file, an .hdf5 file, or the folder of a Minari dataset.',
    min: 1,
    max: 1,
  },
  async run({ options, operands, say }) {
    const { out } = options;
    let told = 0;
    let replays = 0;
    if (out) mkdirSync(out, { recursive: true });
    const totals = await importDataset(operands[0], {
      wantReplays: out !== undefined,
      onMismatch: (message) => told++ < MISMATCHES_TOLD && say(message),
      onEpisode: (replay, { episodes }) => {
        if (episodes % 1000 === 0) say(`${episodes} episodes`);
        if (!out || !replay) return;
        writeFileSync(path.join(out, `${replay.id}.json`), JSON.stringify(replay));
        replays++;
      },
    }).catch((error: Error) => {
      if (error instanceof DatasetError) throw new UsageError(error.message);
      throw error;
    });
    return {
      json: { ...totals, ...(out && { replays, out }) },
      exitCode: totals.mismatches > 0 ? 1 : 0,
    };
  },
});
