import { describeHacking } from '../../shared/hackingAlarm.ts';
import type { RecordPatch } from '../../shared/intent.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { Milestone, Moment } from '../../shared/moments.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { TokenBucket } from '../../shared/tokenBucket.ts';
import type { StoredCheckpoint } from '../storage/checkpointInfo.ts';
import type { RunStore, StoredRun } from '../storage/store.ts';
import { HackingWatch } from './hackingWatch.ts';
import { MilestoneWatch } from './milestones.ts';
import { changedIntent, IntentKeeper } from './recordIntent.ts';

export interface JournalEvents {
  point(runId: string, point: MetricPoint): unknown;
  episode(runId: string, replay: Replay): unknown;
  changed(runId: string, change: SettingsChange): unknown;
  recorded(runId: string, recording: RecordingInfo): unknown;
  unrecorded(runId: string, recordingId: string): unknown;
  log(level: 'info' | 'warn' | 'error', message: string, detail?: unknown): void;
}

/** Points of the past that the alarm looks at. */
const WATCHED_POINTS = 1000;

/**
 * What is written down of one run. Viewers are told of measurements, episodes and changes once the
 * store has them; while it cannot take them they wait here, in order.
 */
export class RunJournal {
  readonly stored: StoredRun;
  /** Why the store takes nothing at present. */
  trouble: string | undefined;
  private readonly store: RunStore;
  private readonly events: JournalEvents;
  /** Limits the episodes that viewers are shown. */
  private readonly throttle: TokenBucket;
  private readonly waiting: (() => void)[] = [];
  private hacking: HackingWatch | undefined;
  private milestones: MilestoneWatch | undefined;
  private readonly intent: IntentKeeper;

  constructor(
    stored: StoredRun,
    store: RunStore,
    events: JournalEvents,
    episodesPerSecond: number,
  ) {
    this.stored = stored;
    this.store = store;
    this.events = events;
    this.intent = new IntentKeeper(store, {
      recorded: (recording) => events.recorded(stored.info.id, recording),
      unrecorded: (recordingId) => events.unrecorded(stored.info.id, recordingId),
    });
    this.throttle = new TokenBucket(
      { perSecond: episodesPerSecond, burst: episodesPerSecond },
      () => performance.now(),
    );
  }

  get info(): RunInfo {
    return this.stored.info;
  }

  set info(info: RunInfo) {
    this.stored.info = info;
  }

  /** All changes so far, in order of steps. */
  get changes(): SettingsChange[] {
    return this.store.changes(this.info.id);
  }

  /**
   * When a change takes effect that is made by nobody yet: at the step that was told last. A run that went back makes
   * its logged changes again first, and older ones must not undo newer ones.
   */
  get nextChange(): Pick<SettingsChange, 'envSteps' | 'seconds'> {
    const { envSteps, seconds } = this.info;
    const last = this.changes.at(-1);
    return last && last.envSteps > envSteps
      ? { envSteps: last.envSteps, seconds: last.seconds }
      : { envSteps, seconds };
  }

  /** Throws a `StorageError` where the run cannot be saved. */
  putRun(): void {
    this.store.putRun(this.stored);
  }

  /** Changes what is said of the run. Throws a `StorageError` where that cannot be kept, and then changes nothing. */
  amend(patch: Partial<RunInfo>): void {
    const before = this.info;
    this.info = { ...before, ...patch };
    try {
      this.putRun();
    } catch (error) {
      this.info = before;
      throw error;
    }
  }

  /** One update. False where it has to wait for the store. */
  take(point: MetricPoint): boolean {
    this.count(point);
    return this.write(() => {
      this.store.putUpdate(this.stored, point);
      this.events.point(this.info.id, point);
    });
  }

  /**
   * One episode that has just ended, in an update that may yet be lost and made again: then it comes
   * again, and what was told first stays. False where it has to wait for the store.
   */
  show(replay: Replay): boolean {
    return !this.throttle.take() || this.keepEpisode(replay);
  }

  private keepEpisode(replay: Replay): boolean {
    return this.write(() => {
      const { id } = this.info;
      if (!this.store.putEpisode(id, replay)) return;
      const milestone = this.keepMoment(replay);
      this.events.episode(id, replay);
      this.recordAsked(replay, milestone === 'firstSuccess');
    });
  }

  /** Where the store cannot take it now, the run goes without it: a picture less of its past. */
  private keepMoment(replay: Replay): Milestone | undefined {
    const { id } = this.info;
    try {
      if (!this.milestones) {
        const past = this.store.moments(id);
        // Runs of before episodes were kept have a past that nobody knows.
        const { fork, updates } = this.info;
        const begunAt = fork?.worlds === 'anew' ? fork.updates : 0;
        this.milestones = new MilestoneWatch(past, updates === begunAt || past.length > 0);
      }
      const moment = this.momentOf(replay);
      const milestone = this.milestones.add(moment.deeds);
      this.store.putMoment(id, { ...moment, ...(milestone && { milestone }) }, replay);
      return milestone;
    } catch (error) {
      this.events.log('warn', `An episode is not kept: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Records it where the run was asked to; where that fails, the run goes on without the recording. */
  private recordAsked(replay: Replay, isFirstSuccess: boolean): void {
    try {
      const record = this.intent.take(replay, isFirstSuccess, this.info.record);
      if (record) this.amend({ record });
    } catch (error) {
      this.events.log('warn', `An episode is not recorded: ${(error as Error).message}`);
    }
  }

  /** Says what the run is to record by itself; a first success that is past and kept is recorded at once. */
  setRecord(patch: RecordPatch): void {
    const { id } = this.info;
    this.amend({ record: changedIntent(this.info.record, patch) });
    if (!patch.firstSuccess) return;
    const first = this.store.moments(id).find(({ milestone }) => milestone === 'firstSuccess');
    const replay = first && this.store.episode(id, first.id);
    if (replay) this.recordAsked(replay, true);
  }

  /** What is said of an episode in the list of those that are kept. */
  momentOf(replay: Replay): Moment {
    const { success, evalSuccess } = this.info;
    const level = success ?? evalSuccess;
    const { success: isDone, steps } = replay.outcome;
    return {
      id: replay.id,
      seed: replay.seed,
      mission: replay.mission,
      envSteps: replay.source.envSteps,
      success: isDone,
      steps,
      ...(level !== undefined && { level }),
      // An episode of before deeds were noted tells only how it ended.
      deeds: replay.deeds ?? (isDone ? ['success'] : []),
    };
  }

  log(change: SettingsChange): boolean {
    if (change.kind === 'rewards') {
      this.hacking?.rewardsChanged(change.envSteps);
      this.info = { ...this.info, alarm: undefined };
    }
    return this.write(() => {
      this.store.addChange(this.info.id, change);
      this.events.changed(this.info.id, change);
    });
  }

  /** Tries again to write what waits; true where nothing waits any more. */
  flush(): boolean {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      try {
        next();
        this.waiting.shift();
      } catch (error) {
        this.trouble = (error as Error).message;
        return false;
      }
    }
    this.trouble = undefined;
    return true;
  }

  /**
   * Takes over what a trainer had finished and saved but could not tell before it or its server died.
   * @param checkpoints in any order
   */
  adopt(checkpoints: readonly StoredCheckpoint[]): void {
    const { id } = this.info;
    const reports = [...checkpoints]
      .reverse()
      .flatMap(({ report, earlier = [] }) => (report ? [...earlier, report] : []));
    for (const report of reports) {
      // Not whether this very point is there: those of long runs are thinned.
      if (this.store.newestUpdates(id) >= report.point.updates) continue;
      const known = new Set(this.changes.map(signature));
      for (const change of report.changes) if (!known.has(signature(change))) this.log(change);
      for (const replay of report.episodes) this.keepEpisode(replay);
      this.take(report.point);
    }
  }

  /** Forgets what was measured after a checkpoint: it will be measured again. */
  rewindTo(updates: number, envSteps: number): void {
    const { id } = this.info;
    this.store.dropPointsAfter(id, updates);
    const last = this.store.points(id, 1).at(-1);
    const { episodes = 0, seconds = 0 } = last ?? {};
    this.info = { ...this.info, updates, envSteps, episodes, seconds };
    this.hacking = undefined;
    this.putRun();
  }

  /** Undefined while the store cannot be read. */
  private get watch(): HackingWatch | undefined {
    try {
      this.hacking ??= new HackingWatch(
        this.store.points(this.info.id, WATCHED_POINTS),
        this.changes.filter(({ kind }) => kind === 'rewards').at(-1)?.envSteps,
      );
    } catch {
      // Told where something is to be written; the alarm waits.
    }
    return this.hacking;
  }

  private count(point: MetricPoint): void {
    const { success, evalSuccess } = point.values;
    const { rewards, settings, alarm: before } = this.info;
    const verdict = this.watch?.add(point, rewards, settings.evalEpisodes);
    const alarm = verdict === undefined ? before : verdict === 'none' ? undefined : verdict;
    if (alarm && !before) this.events.log('warn', describeHacking(alarm));
    this.info = {
      ...this.info,
      alarm,
      envSteps: point.envSteps,
      episodes: point.episodes,
      updates: point.updates,
      seconds: point.seconds,
      ...(success !== undefined && { success }),
      ...(evalSuccess !== undefined && { evalSuccess }),
    };
  }

  private write(action: () => void): boolean {
    this.waiting.push(action);
    return this.flush();
  }
}

/** Equal for the same change at the same place, whenever it was noted. */
function signature({ envSteps, kind, changes }: SettingsChange): string {
  return JSON.stringify([envSteps, kind, changes]);
}
