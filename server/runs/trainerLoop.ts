// Longer than most files: the life of a trainer process, from its start message to its last word.
import { setTimeout as sleep } from 'node:timers/promises';
import { METRICS, type MetricId, type MetricPoint } from '../../shared/metrics.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import { DivergedError } from '../learning/ppo/diverged.ts';
import type { CreateTrainSession, TrainSession, UpdateReport } from '../learning/types.ts';
import type { CheckpointReport } from '../storage/checkpointInfo.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { LeaseLostError } from '../storage/leases.ts';
import { patchOf } from './changes.ts';
import { Inbox, type TrainerChannel } from './inbox.ts';
import type { FromTrainer, StartMessage, TrainerPhase } from './trainerProtocol.ts';

/** So many updates that the manager has not stored yet may be ahead of it: one that hangs or waits is waited for. */
const MAX_UNSTORED = 100;
const UNSTORED_PAUSE_SECONDS = 0.1;

/** An update that is to be left may take this long to end by itself. */
const MOMENT_MS = 300;

/**
 * The life of one trainer: waits for `start`, then updates until told to pause or stop. Resolves
 * when it has stopped, true where it ended well; every failure is told over the channel first.
 */
export async function runTrainer(
  channel: TrainerChannel,
  createSession: CreateTrainSession,
): Promise<boolean> {
  let trainer: Trainer | undefined;
  const inbox = new Inbox(channel, () => {
    // The next server starts another trainer on the same run: the sooner this one is gone, the better.
    if (!trainer || trainer.isSafe) channel.leave();
  });
  const start = await inbox.start;
  if (!start) return true;
  let session: TrainSession | undefined;
  const heartbeat = setInterval(
    () =>
      channel.send({
        type: 'heartbeat',
        phase: trainer?.phase ?? 'loading',
        memoryBytes: process.memoryUsage.rss(),
        reached: session?.progress?.reached,
      }),
    start.heartbeatSeconds * 1000,
  );
  try {
    session = await loaded(createSession(start.options, start.resume), inbox);
    // Nothing is lost: the next one loads the same.
    if (!session) {
      channel.send({ type: 'stopped' });
      return true;
    }
    channel.send({ type: 'ready', engine: session.engine, parameters: session.parameters });
    trainer = new Trainer(channel, inbox, session, start);
    const givenUp = await trainer.train();
    channel.send({ type: 'stopped', givenUp });
    return true;
  } catch (error) {
    channel.send(failureOf(error, session !== undefined));
    return false;
  } finally {
    clearInterval(heartbeat);
    await session?.dispose().catch(() => undefined);
  }
}

/** The session, or undefined where the trainer is to stop before it is there. */
async function loaded(
  loading: Promise<TrainSession>,
  inbox: Inbox,
): Promise<TrainSession | undefined> {
  for (;;) {
    const session = await inbox.until(loading);
    if (session) return session;
    if (!inbox.stopping) continue;
    void loading.then((late) => late.dispose()).catch(() => undefined);
    return undefined;
  }
}

class Trainer {
  phase: TrainerPhase = 'updating';
  private readonly channel: TrainerChannel;
  private readonly inbox: Inbox;
  private readonly session: TrainSession;
  private readonly start: StartMessage;
  private readonly folder: CheckpointFolder;
  /** What updates are made with now. */
  private readonly settings: StartMessage['options']['settings'];
  private readonly rewards: StartMessage['options']['rewards'];
  private readonly replay: SettingsChange[];
  private counters: { updates: number; envSteps: number; seconds: number };
  private savedUpdates: number;
  /** What the newest update brought. */
  private report: CheckpointReport | undefined;
  /** Earlier ones that the manager is not known to have stored, without their episodes. */
  private unstored: CheckpointReport[] = [];
  private isTold = true;
  /** Milliseconds for which the update in progress was held. */
  private heldMs = 0;
  private lastSave = performance.now();
  private lastSync = Number.NEGATIVE_INFINITY;

  constructor(channel: TrainerChannel, inbox: Inbox, session: TrainSession, start: StartMessage) {
    this.channel = channel;
    this.inbox = inbox;
    this.session = session;
    this.start = start;
    this.folder = new CheckpointFolder(start.checkpointFolder, start.limits);
    this.settings = { ...start.options.settings };
    this.rewards = { ...start.options.rewards };
    this.replay = [...start.replay];
    this.counters = start.resume ?? { updates: 0, envSteps: 0, seconds: 0 };
    this.savedUpdates = start.resume?.updates ?? -1;
  }

  /** Nothing but the update in progress would be lost if it ended now. */
  get isSafe(): boolean {
    return this.phase !== 'saving' && this.savedUpdates === this.counters.updates;
  }

  /** Returns the seconds of an update that was given up. */
  async train(): Promise<number | undefined> {
    const { channel, inbox } = this;
    // The first checkpoint makes a run that is stopped at once resumable.
    await this.keep();
    while (!inbox.stopping) {
      if (inbox.paused) {
        await this.keep();
        this.phase = 'paused';
        channel.send({ type: 'paused' });
        await inbox.awake();
        if (!inbox.stopping) channel.send({ type: 'resumed' });
        continue;
      }
      if (this.earlier.length >= MAX_UNSTORED) {
        this.phase = 'waiting';
        await inbox.word(UNSTORED_PAUSE_SECONDS);
        continue;
      }
      const changes = this.makeChanges();
      this.phase = 'updating';
      const begun = performance.now();
      this.heldMs = 0;
      const report = await this.update();
      if (!report) return (performance.now() - begun - this.heldMs) / 1000;
      const { point, episodes } = report;
      throwIfDiverged(point);
      this.counters = point;
      if (this.report) this.unstored.push({ ...this.report, episodes: [] });
      this.report = { point, episodes, changes };
      this.isTold = false;
      const isDue = performance.now() - this.lastSave >= this.start.saveEverySeconds * 1000;
      if (isDue) await this.keep();
      // Told only once it is safe: what a person has seen is never taken back.
      if (!isDue || this.isSafe) this.tell();
      // Messages are only read when the event loop turns, which an update need not let it do.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!this.isSafe) await this.save();
    if (this.isSafe) this.tell();
    this.phase = 'stopping';
    return undefined;
  }

  /**
   * The next update; undefined where it was given up because the trainer is to stop, which loses no more than a crash
   * would: it is made again from the checkpoint before it, with the same result.
   */
  private async update(): Promise<UpdateReport | undefined> {
    const { channel, inbox, session } = this;
    const update = session.update(
      (replay) => channel.send({ type: 'episode', replay }),
      tellOfTest(channel),
    );
    for (;;) {
      const report = await inbox.until(update);
      if (report) return report;
      const isOver = await Promise.race([update.then(() => true), sleep(MOMENT_MS, false)]);
      // Where the update before is not saved yet, this one is waited for: a pause, too, leaves all that was told saved.
      if (isOver || !this.isSafe || (inbox.paused && !session.hold)) return update;
      if (inbox.paused) {
        const held = await this.holdUntilAwake(update);
        if (held) return held;
      }
      if (!inbox.stopping) continue;
      update.catch(() => undefined);
      return undefined;
    }
  }

  /** Holds the update where it is while the trainer is to pause. Its report, where it ended all the same. */
  private async holdUntilAwake(update: Promise<UpdateReport>): Promise<UpdateReport | undefined> {
    const { channel, inbox, session } = this;
    const begun = performance.now();
    session.hold?.(true);
    this.phase = 'paused';
    channel.send({ type: 'paused', midway: session.progress?.share ?? 0 });
    let report: UpdateReport | undefined;
    while (inbox.paused && !report) report = await inbox.until(update);
    session.hold?.(false);
    this.heldMs += performance.now() - begun;
    this.phase = 'updating';
    if (!inbox.paused && !inbox.stopping) channel.send({ type: 'resumed' });
    return report;
  }

  private tell(): void {
    if (this.report && !this.isTold)
      this.channel.send({ type: 'update', point: this.report.point });
    this.isTold = true;
  }

  /** Those of before a crash at the steps at which they were made, then those that are newly wanted. */
  private makeChanges(): SettingsChange[] {
    const made: SettingsChange[] = [];
    const { envSteps, seconds } = this.counters;
    for (let next = this.replay[0]; next && next.envSteps <= envSteps; next = this.replay[0]) {
      this.replay.shift();
      this.apply(next);
      made.push(next);
    }
    // Newer wishes must not be undone by older ones that are yet to be made again.
    if (this.replay.length > 0) return made;
    for (const { changeId, change: wanted } of this.inbox.takeChanges()) {
      const change = { envSteps, seconds, at: Date.now(), ...wanted };
      this.apply(change);
      made.push(change);
      this.channel.send({ type: 'applied', changeId, change });
    }
    return made;
  }

  private apply(change: SettingsChange): void {
    const patch = patchOf(change);
    Object.assign(this[change.kind], patch);
    if (change.kind === 'settings') this.session.applySettings(patch);
    else this.session.applyRewards(patch);
  }

  private get earlier(): CheckpointReport[] {
    const { stored = Number.NEGATIVE_INFINITY } = this.inbox;
    this.unstored = this.unstored.filter(({ point }) => point.updates > stored);
    return this.unstored;
  }

  /** Saves; where that fails, waits until it works or the trainer is to stop. */
  private async keep(): Promise<void> {
    while (this.savedUpdates !== this.counters.updates) {
      if (await this.save()) return;
      await this.inbox.word(this.start.retrySeconds);
      if (this.inbox.stopping) return;
    }
  }

  private async save(): Promise<boolean> {
    this.phase = 'saving';
    const { updates, envSteps } = this.counters;
    const { lease, run } = this.start;
    const { runId } = this.start.options;
    const now = performance.now();
    const sync = now - this.lastSync >= this.start.syncEverySeconds * 1000;
    try {
      const { settings, rewards, report, earlier } = this;
      await this.folder.write(
        { runId, updates, envSteps, settings, rewards, report, earlier, run },
        (file) => this.session.save(file),
        { sync, lease },
      );
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      if ((error as Error).cause instanceof DivergedError) throw (error as Error).cause;
      this.phase = 'waiting';
      this.channel.send({ type: 'saveFailed', message: (error as Error).message });
      return false;
    }
    this.phase = 'updating';
    this.savedUpdates = updates;
    this.lastSave = performance.now();
    if (sync) this.lastSync = this.lastSave;
    this.channel.send({ type: 'saved', updates, envSteps });
    return true;
  }
}

/** Between two words on how far a test is. */
const TEST_WORD_MS = 400;
/** Once so many episodes are over, the time they took tells how long the rest will take. */
const TELLING = 5;

function tellOfTest(channel: TrainerChannel): (done: number, of: number) => void {
  let begunAt: number | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (done, of) => {
    const now = performance.now();
    begunAt ??= now;
    if (now - toldAt < TEST_WORD_MS && done < of) return;
    toldAt = now;
    const secondsLeft = Math.round((((now - begunAt) / 1000) * (of - done)) / done);
    const testing = { done, of, ...(done >= TELLING && { secondsLeft }) };
    channel.send({ type: 'testing', testing });
  };
}

function throwIfDiverged(point: MetricPoint): void {
  for (const [id, value] of Object.entries(point.values)) {
    if (Number.isFinite(value)) continue;
    const { label } = METRICS[id as MetricId] ?? { label: id };
    throw new DivergedError(
      `Training diverged: “${label}” became ${value} at step ${point.envSteps}.`,
    );
  }
}

function failureOf(error: unknown, hadBegun: boolean): FromTrainer {
  if (error instanceof DivergedError)
    return { type: 'failed', kind: 'diverged', message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    type: 'failed',
    kind: hadBegun ? 'error' : 'loading',
    message: `The trainer failed: ${message}`,
    detail: stack,
  };
}
