import type { TrainSettings } from '../../shared/config.ts';
import type { RunInfo, RunStatus } from '../../shared/protocol.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { CheckpointFolder, StoredCheckpoint } from '../storage/checkpoints.ts';
import { type RunStore, StorageError, type StoredRun } from '../storage/store.ts';
import { difference } from './changes.ts';
import type { DriveOptions } from './driveOptions.ts';
import type { EpisodeRing } from './episodeRing.ts';
import { type JournalEvents, RunJournal } from './journal.ts';
import type { Launch } from './launcher.ts';
import { Recovery } from './recovery.ts';
import { startMessage } from './startMessage.ts';
import { type Ending, SupervisedTrainer } from './supervised.ts';
import { Timers } from './timers.ts';
import type { FailureKind, FromTrainer, WantedChange } from './trainerProtocol.ts';

export interface DriverEvents extends JournalEvents {
  state(run: RunInfo): unknown;
}

export interface DriverDeps {
  store: RunStore;
  checkpoints: CheckpointFolder;
  launch: Launch;
  options: DriveOptions;
  events: DriverEvents;
}

const STATE_GAP_MS = 500;

/**
 * One run and, while it has one, its trainer process: turns what the trainer says into state, store
 * and events, and takes the run up again where the trainer is lost.
 */
export class RunDriver {
  private readonly deps: DriverDeps;
  private readonly journal: RunJournal;
  private readonly recovery: Recovery;
  private trainer: SupervisedTrainer | undefined;
  /** What the trainer said of why it cannot go on. */
  private failure: { kind: FailureKind; message: string; detail?: string } | undefined;
  /** It waits because it was told to. */
  private isTrainerPaused = false;
  private init: () => Promise<string> = async () => 'scratch';
  private readonly timers = new Timers<'park' | 'restart' | 'retry' | 'notice' | 'state'>();
  private readonly pending = new Map<number, WantedChange>();
  private nextChangeId = 1;
  private lastState = Number.NEGATIVE_INFINITY;
  private checkpointSteps: number | undefined;
  /** Why the trainer cannot save at present. */
  private saveTrouble: string | undefined;
  /** Told for a while after the run had to be taken up again. */
  private notice: string | undefined;
  /** The next start is a rollback, with half the learning rate. */
  private goesSlower = false;
  private isClosed = false;
  private readonly waiters = new Set<() => void>();

  constructor(stored: StoredRun, deps: DriverDeps) {
    this.deps = deps;
    const { store, events, options } = deps;
    this.journal = new RunJournal(stored, store, events, options.episodesPerSecond);
    this.recovery = new Recovery(options);
  }

  get info(): RunInfo {
    return this.journal.info;
  }

  get wanted(): StoredRun['wanted'] {
    return this.journal.stored.wanted;
  }

  get hasTrainer(): boolean {
    return this.trainer !== undefined;
  }

  /** True while it trains or is about to. */
  get isActive(): boolean {
    return this.wanted === 'running';
  }

  get episodes(): EpisodeRing {
    return this.journal.episodes;
  }

  /**
   * Starts or goes on; from the newest good checkpoint where there is no process yet.
   * @param init what a run without a checkpoint begins with; a failure to find it fails the run
   */
  async start(init: () => Promise<string>): Promise<void> {
    this.timers.stop('park');
    this.init = init;
    this.recovery.forgive();
    this.notice = undefined;
    if (this.trainer?.ending) await this.trainer.gone;
    this.want('running');
    if (this.trainer) {
      this.isTrainerPaused = false;
      this.trainer.send({ type: 'resume' });
      if (this.held) this.nudge();
      else this.setStatus(this.info.status === 'paused' ? 'running' : this.info.status);
      return;
    }
    await this.begin();
  }

  /** One that waits because something cannot be stored tries again at once. */
  nudge(): void {
    if (!this.held) return;
    if (this.saveTrouble) this.trainer?.send({ type: 'resume' });
    this.retry();
  }

  /** Asks the trainer to pause after its update; resolves when it has, or is gone. */
  async pause(): Promise<void> {
    this.want('idle');
    this.persist();
    const { trainer } = this;
    if (!trainer) {
      this.setStatus('paused');
      return;
    }
    trainer.send({ type: 'pause' });
    await this.until(
      () => this.info.status === 'paused' || !this.trainer || this.wanted === 'running',
    );
  }

  /**
   * Ends the trainer after its update and a checkpoint. `park` and `shutdown` leave the run paused
   * (`shutdown` with the wish to go on at the next start), `stop` leaves it stopped.
   */
  async end(why: 'park' | 'stop' | 'shutdown', killAfterSeconds = 60): Promise<void> {
    this.timers.stop('park');
    if (why === 'shutdown') this.isClosed = true;
    else this.want('idle');
    if (this.trainer) await this.trainer.end(why, killAfterSeconds);
    else if (this.info.status !== 'failed' || why === 'stop') this.settle(why);
  }

  /** Nothing is told or written of it any more. Only for a run without a trainer. */
  forget(): void {
    this.isClosed = true;
    this.timers.stopAll();
  }

  /** Takes over what was finished but not told before a crash. */
  async catchUp(): Promise<void> {
    const checkpoint = await this.deps.checkpoints.newestGood(this.info.id);
    if (!checkpoint || this.trainer) return;
    this.safely(() => this.journal.adopt(this.upTo(checkpoint)));
  }

  /**
   * Merges new values; they take effect, and are logged, at the next rollout. Throws a `StorageError`
   * where they cannot be kept, and then changes nothing.
   */
  change(
    kind: 'settings' | 'rewards',
    patch: Partial<TrainSettings> | Partial<RewardWeights>,
  ): void {
    const before = this.info;
    const change = difference(kind, before[kind], patch);
    if (!change) return;
    this.journal.info = { ...before, [kind]: { ...before[kind], ...patch } };
    try {
      this.journal.putRun();
    } catch (error) {
      this.journal.info = before;
      throw error;
    }
    const { trainer } = this;
    if (trainer && !trainer.ending) this.send(trainer, change);
    // With nobody training, the next rollout is the very next thing that happens.
    if (!trainer) this.log(change);
    else if (this.isTrainerPaused) this.logPending();
    this.tellState(true);
  }

  private logPending(): void {
    for (const change of this.pending.values()) this.log(change);
    this.pending.clear();
  }

  private log(change: WantedChange): void {
    const { envSteps, seconds } = this.info;
    this.journal.log({ envSteps, seconds, at: Date.now(), ...change });
  }

  private send(trainer: SupervisedTrainer, change: WantedChange): void {
    const changeId = this.nextChangeId++;
    this.pending.set(changeId, change);
    trainer.send({ type: 'change', changeId, change });
  }

  private async begin(): Promise<void> {
    const isCalledOff = () => this.wanted !== 'running' || this.trainer || this.isClosed;
    if (isCalledOff()) return;
    this.setStatus('starting');
    try {
      const checkpoint = await this.deps.checkpoints.newestGood(this.info.id);
      const from = checkpoint ? '' : await this.init();
      // Someone may have paused or stopped it while the disk was read.
      if (isCalledOff()) return;
      if (checkpoint) this.journal.adopt(this.upTo(checkpoint));
      this.journal.rewindTo(checkpoint?.updates ?? 0, checkpoint?.envSteps ?? 0);
      this.checkpointSteps = checkpoint?.envSteps;
      if (this.goesSlower) {
        const { learningRate } = this.info.settings;
        this.change('settings', { learningRate: Number((learningRate / 2).toPrecision(3)) });
        this.goesSlower = false;
      }
      this.trainer = this.launch(from, checkpoint);
    } catch (error) {
      if (error instanceof StorageError) this.hold(error.message);
      else this.fail((error as Error).message);
    }
  }

  private upTo({ runId, updates }: StoredCheckpoint): StoredCheckpoint[] {
    return this.deps.checkpoints.list(runId).filter((other) => other.updates <= updates);
  }

  private launch(init: string, checkpoint?: StoredCheckpoint): SupervisedTrainer {
    const { options, checkpoints, launch } = this.deps;
    const { stored, changes } = this.journal;
    const { start, open } = startMessage(
      stored,
      init,
      changes,
      checkpoint,
      checkpoints.folder,
      options,
    );
    this.failure = undefined;
    this.isTrainerPaused = false;
    this.saveTrouble = undefined;
    const trainer = new SupervisedTrainer(launch, start, options, {
      message: (message) => this.take(message),
      gone: (ending, reason) => this.takeGone(ending, reason),
    });
    this.pending.clear();
    for (const change of open) this.send(trainer, change);
    return trainer;
  }

  private take(message: FromTrainer): void {
    switch (message.type) {
      case 'ready': {
        const { engine, parameters } = message;
        this.journal.info = { ...this.info, engine, parameters, message: this.notice };
        if (this.notice)
          this.timers.start('notice', this.deps.options.noticeFor, () => this.say(undefined));
        // Someone may have asked for a pause while it was loading.
        if (this.wanted === 'running') this.setStatus('running');
        break;
      }
      case 'episode':
        if (!this.journal.show(message.replay)) this.waitForStore();
        break;
      case 'update':
        this.recovery.progressed();
        if (!this.journal.take(message.point)) this.waitForStore();
        this.tellState(false);
        break;
      case 'applied':
        if (this.pending.delete(message.changeId) && !this.journal.log(message.change))
          this.waitForStore();
        break;
      case 'saved':
        this.checkpointSteps = message.envSteps;
        if (this.saveTrouble) {
          this.saveTrouble = undefined;
          this.release();
        }
        break;
      case 'saveFailed':
        this.saveTrouble = message.message;
        this.hold(message.message);
        break;
      case 'paused':
        this.isTrainerPaused = true;
        this.logPending();
        if (this.wanted === 'idle') this.takePaused();
        break;
      case 'failed':
        this.failure = message;
        break;
    }
  }

  private takePaused(): void {
    this.setStatus('paused');
    this.timers.start('park', this.deps.options.parkAfter, () => void this.end('park'));
  }

  private takeGone(ending: Ending | undefined, reason: string | undefined): void {
    this.trainer = undefined;
    this.isTrainerPaused = false;
    this.saveTrouble = undefined;
    const { failure } = this;
    this.failure = undefined;
    this.wake();
    if (ending && ending !== 'failed') {
      if (reason) this.say(`The trainer ${reason} while it was being ended.`);
      this.settle(ending);
      return;
    }
    const why =
      failure?.message ??
      `The trainer ${reason ?? 'ended by itself'} at step ${this.info.envSteps}.`;
    this.deps.events.log('error', why, failure?.detail);
    if (this.isClosed) this.settle('shutdown');
    else if (this.wanted === 'idle') this.settle('park');
    else this.recover(failure?.kind ?? 'ended', why);
  }

  /** Takes the run up again after it lost its trainer, or gives up. */
  private recover(kind: FailureKind | 'ended', why: string): void {
    const remedy = this.recovery.remedyFor(kind, this.info.updates);
    if ('giveUp' in remedy) {
      this.fail([why, remedy.giveUp, this.resumeHint()].filter(Boolean).join(' '));
      return;
    }
    this.goesSlower ||= remedy.slower;
    this.notice = remedy.slower
      ? `${why} It was rolled back to the last good checkpoint and goes on with half the learning rate.`
      : `${why} It was started again from its last checkpoint.`;
    this.journal.info = { ...this.info, message: `${why} It is being started again.` };
    this.setStatus('starting');
    this.timers.start('restart', remedy.wait, () => void this.begin());
  }

  private settle(why: Exclude<Ending, 'failed'>): void {
    if (why === 'shutdown' && this.wanted === 'running')
      this.journal.info = {
        ...this.info,
        message: 'The server is shutting down; training goes on from here when it starts again.',
      };
    this.setStatus(why === 'stop' ? 'stopped' : 'paused');
  }

  private fail(message: string): void {
    this.want('idle');
    this.journal.info = { ...this.info, message };
    this.deps.events.log('error', message);
    this.setStatus('failed');
  }

  private resumeHint(): string {
    return this.checkpointSteps === undefined
      ? 'Resume starts it again.'
      : `Resume goes on from the last checkpoint, at step ${this.checkpointSteps}.`;
  }

  private get held(): string | undefined {
    return this.saveTrouble ?? this.journal.trouble;
  }

  /** Training on without keeping its measurements would lose them. */
  private waitForStore(): void {
    this.trainer?.send({ type: 'pause' });
    this.hold(this.journal.trouble ?? '');
  }

  /** Paused for want of a place to store things; goes on by itself. */
  private hold(trouble: string): void {
    this.say(`Paused: ${trouble} Training goes on by itself as soon as that works again.`);
    if (this.wanted === 'running' && this.info.status !== 'paused') this.setStatus('paused');
    this.timers.start('retry', this.deps.options.retryEvery, () => this.retry());
  }

  private retry(): void {
    this.timers.stop('retry');
    if (this.isClosed) return;
    if (!this.journal.flush()) this.waitForStore();
    else if (!this.saveTrouble) this.release();
  }

  private release(): void {
    if (this.held) return;
    this.say(undefined);
    if (this.wanted !== 'running') return;
    if (!this.trainer) {
      void this.begin();
      return;
    }
    this.isTrainerPaused = false;
    this.trainer.send({ type: 'resume' });
    this.setStatus('running');
  }

  private want(wanted: StoredRun['wanted']): void {
    this.journal.stored.wanted = wanted;
  }

  /** Sets or clears what viewers are told beside the status. */
  private say(message: string | undefined): void {
    if (message === this.info.message) return;
    if (message) this.deps.events.log('warn', message);
    this.journal.info = { ...this.info, message };
    this.tellState(true);
  }

  private setStatus(status: RunStatus): void {
    this.journal.info = { ...this.info, status };
    this.persist();
    this.tellState(true);
    this.wake();
  }

  private persist(): void {
    this.safely(() => this.journal.putRun());
  }

  private safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      const { message } = error as Error;
      this.deps.events.log('error', message);
      this.journal.info = { ...this.info, message: this.info.message ?? message };
    }
  }

  /** Counters are told at most twice a second, a new status at once. */
  private tellState(now: boolean): void {
    const wait = this.lastState + STATE_GAP_MS - performance.now();
    if (now || wait <= 0) {
      this.timers.stop('state');
      this.lastState = performance.now();
      this.deps.events.state({ ...this.info });
    } else if (!this.timers.has('state')) {
      this.timers.start('state', wait / 1000, () => this.tellState(true));
    }
  }

  private until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.waiters.delete(check);
        resolve();
      };
      this.waiters.add(check);
    });
  }

  private wake(): void {
    for (const check of [...this.waiters]) check();
  }
}
