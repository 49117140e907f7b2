import { statSync } from 'node:fs';
import { BabyAIEpisode } from '../../../envs/index.ts';
import type { Replay } from '../../../shared/replay.ts';
import { DatasetError, type Episode, EpisodeVerifier } from './episode.ts';
import type { DatasetTotals } from './exportDataset.ts';
import { findMinari, readMinari } from './minari.ts';
import { readParquet } from './parquet.ts';

export interface DatasetImport {
  /** Called with the first difference of each episode that is not as our worlds have it. */
  readonly onMismatch?: (message: string) => void;
  /** Called with each episode that is, as a replay; undefined where its seed is too large for one. */
  readonly onEpisode?: (replay: Replay | undefined, totals: DatasetTotals) => void;
  /** Whether replays are wanted: they take a further pass. */
  readonly wantReplays?: boolean;
}

/**
 * Reads a dataset, ours in Parquet or one in Minari's layout of a BabyAI level, and plays every episode
 * again: each observation, reward and ending is compared. Throws a DatasetError where it cannot be read.
 * @param place a file, or the folder of a Minari dataset
 */
export async function importDataset(place: string, options: DatasetImport): Promise<DatasetTotals> {
  const verifier = new EpisodeVerifier();
  const totals = { episodes: 0, steps: 0, mismatches: 0 };
  for await (const episode of readerFor(place)) {
    totals.episodes++;
    const difference = verifier.verify(episode);
    if (difference) {
      totals.mismatches++;
      options.onMismatch?.(`${episode.name}: ${difference}`);
      continue;
    }
    totals.steps += episode.actions.length;
    options.onEpisode?.(
      options.wantReplays ? replayOf(episode, totals.episodes) : undefined,
      totals,
    );
  }
  if (totals.episodes === 0) throw new DatasetError(`${place} holds no episode`);
  return totals;
}

function readerFor(place: string): AsyncGenerator<Episode> {
  const minari = findMinari(place);
  if (minari) return readMinari(minari);
  if (place.endsWith('.parquet') && statSync(place).isFile()) return readParquet(place);
  statSync(place);
  throw new DatasetError(
    `${place} is no dataset; accepted: a .parquet file, an .hdf5 file, or the folder of a Minari dataset`,
  );
}

/** Undefined where the seed is no number of ours, or where the world is not that of a fresh environment. */
function replayOf(episode: Episode, number: number): Replay | undefined {
  const seed = Number(episode.seed);
  if (!Number.isSafeInteger(seed)) return undefined;
  const played = new BabyAIEpisode(episode.levelId, { recording: true });
  played.begin(seed);
  if (played.mission !== episode.mission) return undefined;
  for (const action of episode.actions) played.step(action);
  return played.document(`dataset-${number}`, {
    kind: 'person',
    runId: '',
    policy: '',
    envSteps: 0,
  });
}
