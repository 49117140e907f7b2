import type { EngineChoice } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
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

/** Episodes kept of each run beside what people record. */
export const KEPT_EPISODES = 240;

/**
 * Where runs, measurements and recordings live. Everything is synchronous and returns plain copies:
 * a caller may keep or change what it gets. All failures are `StorageError`s.
 */
export interface RunStore {
  /** Inserts a run or replaces the one with the same id. */
  putRun(run: StoredRun): void;
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
  hasPoint(runId: string, updates: number): boolean;
  /** The newest episodes that viewers were shown, oldest first. */
  episodes(runId: string): Replay[];
  /** Forgets a run and all that belongs to it but its recordings. False where there was none. */
  deleteRun(runId: string): boolean;
  /**
   * At most `max` points in order of updates, thinned evenly; points with a held-out test are the
   * last to be thinned out, and the newest point is always there.
   */
  points(runId: string, max: number): MetricPoint[];
  /** Forgets points after `updates`: what a run redoes when it goes on from an older checkpoint. */
  dropPointsAfter(runId: string, updates: number): number;
  addChange(runId: string, change: SettingsChange): void;
  /** In order of their steps. */
  changes(runId: string): SettingsChange[];
  /** Keeps a replay under an id made from its content: saving the same one twice changes nothing. */
  saveRecording(replay: Replay, savedAt: number): { recording: RecordingInfo; added: boolean };
  getRecording(recordingId: string): Replay | undefined;
  countRecordings(): number;
  /** Newest first. */
  listRecordings(): RecordingInfo[];
  /** False where there was none. */
  deleteRecording(recordingId: string): boolean;
  close(): void;
}

/** Something that cannot be stored or read; the message says what a person can do about it. */
export class StorageError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StorageError';
  }
}

/** The line in a list of recordings. */
export function describeRecording(id: string, replay: Replay, savedAt: number): RecordingInfo {
  return {
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

/**
 * Strides that thin `plain` and `tested` points to at most `max` in all (one place is kept for the
 * newest point, which may fall between strides).
 */
export function thinning(plain: number, tested: number, max: number) {
  if (plain + tested <= max) return { plain: 1, tested: 1 };
  const testedRoom = Math.max(1, Math.min(tested, Math.floor((max - 1) / 2)));
  const plainRoom = Math.max(1, max - 1 - testedRoom);
  return {
    plain: Math.max(1, Math.ceil(plain / plainRoom)),
    tested: Math.max(1, Math.ceil(tested / testedRoom)),
  };
}
