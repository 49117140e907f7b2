import { existsSync } from 'node:fs';
import type { Replay } from '../../../shared/replay.ts';
import { DatasetError, type Episode, episodeOf } from './episode.ts';
import { writeMinari } from './minari.ts';
import { writeParquet } from './parquet.ts';

export const DATASET_FORMATS = ['parquet', 'minari'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

export interface DatasetExport {
  readonly format: DatasetFormat;
  readonly out: string;
  /** Names of the replays, in order. */
  readonly names: readonly string[];
  /** Reads one; it is called when its turn comes, so that never all are in memory. */
  readonly read: (name: string) => Replay;
  /** Called with each replay that is left out since it is not as recorded. */
  readonly onMismatch?: (message: string) => void;
  readonly onEpisode?: (done: number) => void;
}

export interface DatasetTotals {
  readonly episodes: number;
  readonly steps: number;
  readonly mismatches: number;
}

/**
 * Writes replays as a dataset for other programs. Each is played again first; one that is not as recorded is
 * left out and counted. Throws a DatasetError where nothing can be written.
 */
export async function exportDataset(options: DatasetExport): Promise<DatasetTotals> {
  const { format, out, names, read } = options;
  if (existsSync(out)) throw new DatasetError(`${out} exists already; accepted: a new name`);
  const levelId = format === 'minari' ? onlyLevel(names, read) : '';
  const totals = { episodes: 0, steps: 0, mismatches: 0 };
  const episodes = verified();
  if (format === 'minari') await writeMinari(out, levelId, episodes);
  else await writeParquet(out, episodes);
  return totals;

  function* verified(): Generator<Episode> {
    for (const name of names) {
      let episode: Episode;
      try {
        episode = episodeOf(read(name), name);
      } catch (error) {
        if (!(error instanceof DatasetError)) throw error;
        totals.mismatches++;
        options.onMismatch?.(error.message);
        continue;
      }
      yield episode;
      totals.episodes++;
      totals.steps += episode.actions.length;
      options.onEpisode?.(totals.episodes);
    }
  }
}

/** A Minari dataset is of one environment. */
function onlyLevel(names: readonly string[], read: (name: string) => Replay): string {
  const first = read(names[0]).levelId;
  for (const name of names) {
    const { levelId } = read(name);
    if (levelId !== first)
      throw new DatasetError(
        `${names[0]} is of ${first}, ${name} of ${levelId}; accepted for minari: episodes of one level`,
      );
  }
  return first;
}
