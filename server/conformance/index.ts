import { join } from 'node:path';
import { type BotRow, compareWithRow } from '../../envs/bot/index.ts';
import { getLevel } from '../../envs/index.ts';
import { replayContinuation, replayEpisode, replayVerifierTrace } from './episodes.ts';
import {
  type Failure,
  isFile,
  isFolder,
  type Progress,
  readJson,
  readRows,
  rowFilesIn,
  Tally,
} from './files.ts';
import { compareLevel, type LevelRow } from './levels.ts';
import { releaseOf } from './release.ts';
import { checkRng, type RngFile } from './rng.ts';
import type { ContinuationRow, EpisodeRow, VerifierRow } from './rows.ts';

export type { Failure, Progress } from './files.ts';

export interface ConformanceOptions {
  /** Only the rows of this level (the random generator is checked all the same). */
  readonly levelId?: string;
  readonly onProgress?: (progress: Progress) => void;
}
export interface ConformanceReport {
  /** Release of Minigrid that was compared with. */
  readonly release: string;
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
}

interface Row {
  readonly id: string;
}

/**
 * Replays the golden data in `dir` (recorded from Python Minigrid) and compares every byte. Each row
 * counts once. Throws an Error for an unknown level, and where `dir` holds nothing to replay or a file
 * cannot be read.
 */
export function runConformance(dir: string, options: ConformanceOptions = {}): ConformanceReport {
  const { levelId } = options;
  if (levelId !== undefined) getLevel(levelId);
  if (!isFolder(dir)) throw new Error(`${dir} is not a folder; accepted: a folder of golden data`);
  const release = releaseOf(dir);
  const tally = new Tally(options.onProgress);
  let files = 0;
  const replay = <R extends Row>(
    file: string,
    rows: R[],
    compare: (row: R) => string | null | undefined,
  ) => {
    files++;
    rows.forEach((row, index) => {
      if (levelId === undefined || row.id === levelId)
        tally.check(file, index, () => labelled(row, compare(row)));
    });
    tally.fileDone(file);
  };
  const rowsOf = <R>(file: string) => readRows(dir, file) as R[];

  if (isFile(join(dir, 'rng.json'))) {
    files++;
    checkRng(tally, 'rng.json', readJson(dir, 'rng.json') as RngFile);
  }
  if (isFile(join(dir, 'levels.json')))
    replay('levels.json', readJson(dir, 'levels.json') as LevelRow[], compareLevel);
  if (isFolder(join(dir, 'episodes')))
    for (const name of rowFilesIn(join(dir, 'episodes')))
      if (levelId === undefined || name === `${levelId}.jsonl.gz`)
        replay(`episodes/${name}`, rowsOf<EpisodeRow>(`episodes/${name}`), replayEpisode);
  if (isFile(join(dir, 'continuation.jsonl.gz')))
    replay(
      'continuation.jsonl.gz',
      rowsOf<ContinuationRow>('continuation.jsonl.gz'),
      replayContinuation,
    );
  if (isFile(join(dir, 'verifier.jsonl.gz')))
    replay('verifier.jsonl.gz', rowsOf<VerifierRow>('verifier.jsonl.gz'), replayVerifierTrace);
  if (isFile(join(dir, 'bot.jsonl.gz')))
    replay('bot.jsonl.gz', rowsOf<BotRow>('bot.jsonl.gz'), (row) => compareWithRow(row));

  if (files === 0)
    throw new Error(
      `${dir} holds no golden data; accepted: a folder with rng.json, levels.json, episodes/, continuation.jsonl.gz, verifier.jsonl.gz or bot.jsonl.gz`,
    );
  return { release, passed: tally.passed, failed: tally.failures.length, failures: tally.failures };
}

function labelled(row: Row, what: string | null | undefined): string | undefined {
  return what === undefined || what === null ? undefined : `${row.id}: ${what}`;
}
