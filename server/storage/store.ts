import type { EngineChoice } from '../../shared/config.ts';
import type { RecordReason } from '../../shared/intent.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { Moment } from '../../shared/moments.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';

/** A run as kept on disk: what everyone sees, and what is needed to go on with it. */
export interface StoredRun {
  info: RunInfo;
  /** What its owner last asked for; `running` ones start again with the server. */
  wanted: 'running' | 'idle';
  engine: EngineChoice;
  workers: number;
}

/** Episodes kept of each run beside what people record: as many, and of them the newest so many bytes. */
export const KEPT_EPISODES = 240;
export const KEPT_EPISODE_BYTES = 16_000_000;
/** Recordings in all, and their bytes. */
export const MAX_RECORDINGS = 10_000;
export const MAX_RECORDING_BYTES = 1_000_000_000;
/** For so long a deleted recording can be put back. */
export const RESTORABLE_MS = 3_600_000;
/** Changes of settings kept of each run. */
export const KEPT_CHANGES = 5000;
/** Bytes of a page of recordings, all lines together. */
export const PAGE_BYTES = 200_000;

/** What a fork has of the run that it branched off from: all of before a checkpoint of it. */
export interface ForkPast {
  runId: string;
  updates: number;
  envSteps: number;
}

/** A part of the list of recordings. */
export interface RecordingPage {
  recordings: RecordingInfo[];
  /** What to ask for next as `before`; absent where these were the last. */
  next?: string;
}

/**
 * Where runs, measurements and recordings live. Everything is synchronous, takes a bounded time whatever
 * was stored before, and returns what its caller may keep but must not change. All failures are
 * `StorageError`s; writing fails too where the data folder is no longer the one that was opened.
 */
export interface RunStore {
  /** Inserts a run or replaces the one with the same id. */
  putRun(run: StoredRun): void;
  /**
   * Inserts a run that branches off from another, with changes of its own. Measurements, changes and kept episodes of
   * its `past` are its own, too. All or nothing.
   */
  putFork(run: StoredRun, changes: readonly SettingsChange[], past?: ForkPast): void;
  getRun(runId: string): StoredRun | undefined;
  /** Newest first. */
  listRuns(): StoredRun[];
  /** One update's measurements and the run's new counters: all or nothing. */
  putUpdate(run: StoredRun, point: MetricPoint): void;
  /**
   * An episode that viewers are shown; of each run the newest `KEPT_EPISODES` are kept. False where
   * one with its id is there, which then stays.
   */
  putEpisode(runId: string, replay: Replay): boolean;
  /** Updates of the newest point that is stored; 0 where there is none. */
  newestUpdates(runId: string): number;
  /** The newest episodes that viewers were shown that fit both limits (one always does), oldest first. */
  episodes(runId: string, max: number, maxBytes: number): Replay[];
  /** One of the kept episodes, of the newest or of all of learning. */
  episode(runId: string, episodeId: string): Replay | undefined;
  /**
   * Keeps an episode among those of all of the run's learning, which are thinned (`surplusMoments`). One
   * with its id that is there stays.
   */
  putMoment(runId: string, moment: Moment, replay: Replay): void;
  /** In order of their steps. */
  moments(runId: string): Moment[];
  /**
   * Never thins out this episode from now on, so that a link to it stays good. False where it is not kept any
   * more, or where `HELD_MOMENTS` are held already.
   * @param moment what is said of it where it is one of the newest alone
   */
  holdMoment(runId: string, moment: (replay: Replay) => Moment, episodeId: string): boolean;
  /** Forgets a run and all that belongs to it but its recordings. False where there was none. */
  deleteRun(runId: string): boolean;
  /** At most `max` points in order of updates; see `thinned`. Of long runs `MAX_POINTS` are kept at most. */
  points(runId: string, max: number): MetricPoint[];
  /** Forgets points after `updates`: what a run redoes when it goes on from an older checkpoint. */
  dropPointsAfter(runId: string, updates: number): number;
  addChange(runId: string, change: SettingsChange): void;
  /** In order of their steps; the newest `max`. */
  changes(runId: string, max?: number): SettingsChange[];
  /** Keeps a replay under an id made from its content: saving the same one twice changes nothing. */
  saveRecording(
    replay: Replay,
    savedAt: number,
    why?: RecordReason,
  ): { recording: RecordingInfo; added: boolean };
  /** What is said of a recording; undefined where there is none. */
  recordingInfo(recordingId: string): RecordingInfo | undefined;
  /** Changes what people say of it; undefined where there is none. */
  describeRecording(
    recordingId: string,
    patch: Pick<RecordingInfo, 'name' | 'tags'>,
  ): RecordingInfo | undefined;
  getRecording(recordingId: string): Replay | undefined;
  /** Recordings that are kept, and their bytes. */
  recordingTotals(): { count: number; bytes: number };
  /** Newest first. A page ends early where its lines are long. */
  listRecordings(max: number, before?: string): RecordingPage;
  /** It can be put back for `RESTORABLE_MS`; those that no longer can are removed. False where there was none. */
  deleteRecording(recordingId: string, now: number): boolean;
  /** Puts back what was deleted; undefined where it is gone. */
  restoreRecording(recordingId: string): RecordingInfo | undefined;
  /** Writes and forgets something small. Throws where nothing can be written. */
  probe(): void;
  /** Gives a little of the space that was freed back to the disk; true where there is more. */
  giveBack(): boolean;
  close(): void;
}

/** Something that cannot be stored or read; the message says what a person can do about it. */
export class StorageError extends Error {
  /** Another program holds the database: it may work in a moment. */
  readonly isBusy: boolean;

  constructor(message: string, cause?: unknown, isBusy = false) {
    super(message, { cause });
    this.name = 'StorageError';
    this.isBusy = isBusy;
  }
}

/** The line in a list of recordings. */
export function describeRecording(
  id: string,
  replay: Replay,
  savedAt: number,
  why?: RecordReason,
): RecordingInfo {
  return {
    ...(why && { why }),
    id,
    levelId: replay.levelId,
    seed: replay.seed,
    mission: replay.mission,
    success: replay.outcome.success,
    steps: replay.outcome.steps,
    return: replay.outcome.return,
    createdAt: replay.createdAt,
    savedAt,
    runId: replay.source.runId,
    envSteps: replay.source.envSteps,
  };
}

/** A place in the list of recordings, as `listRecordings` takes and gives it. */
export function placeOf({ savedAt, id }: RecordingInfo): string {
  return `${savedAt}.${id}`;
}

/** The reverse of `placeOf`; undefined for what is no place. */
export function readPlace(place: string): { savedAt: number; id: string } | undefined {
  const match = /^(\d{1,16})\.(rec-[0-9a-f]+)$/.exec(place);
  return match ? { savedAt: Number(match[1]), id: match[2] ?? '' } : undefined;
}

/** As many of the lines as fit one page, and where the next begins. */
export function pageOf(lines: readonly RecordingInfo[], max: number): RecordingPage {
  const recordings: RecordingInfo[] = [];
  let bytes = 0;
  for (const line of lines.slice(0, max)) {
    bytes += JSON.stringify(line).length;
    if (recordings.length > 0 && bytes > PAGE_BYTES) break;
    recordings.push(line);
  }
  const last = recordings.at(-1);
  return last && recordings.length < lines.length
    ? { recordings, next: placeOf(last) }
    : { recordings };
}
