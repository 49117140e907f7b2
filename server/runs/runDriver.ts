import type { TrainSettings } from '../../shared/config.ts';
import type { Moment } from '../../shared/moments.ts';
import type { RunInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { StoredCheckpoint } from '../storage/checkpointInfo.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';
import { type RunStore, StorageError, type StoredRun } from '../storage/store.ts';
import { difference } from './changes.ts';
import type { DriveOptions } from './driveOptions.ts';
import { type JournalEvents, RunJournal } from './journal.ts';
import type { Launch } from './launcher.ts';
import { Paced } from './paced.ts';
import { Recovery } from './recovery.ts';
import {
  checkTransition,
  pendingOf,
  type RunState,
  statusOf,
  type TakeUp,
  trainerOf,
} from './runState.ts';
import { startMessage } from './startMessage.ts';
import { type Departure, type Ending, SupervisedTrainer } from './supervised.ts';
import { Timers } from './timers.ts';
import type { FromTrainer, WantedChange } from './trainerProtocol.ts';

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
/** An update that had taken longer is mentioned where it is given up. */
const TOLD_SECONDS = 5;
const AS_USUAL: TakeUp = { slower: false };

/**
 * One run and, while it has one, its trainer process: turns wishes and what the trainer says into
 * states (`runState.ts`), and keeps and tells what comes of it. All changes of state go through `go`.
 */
export class RunDriver {
  private readonly deps: DriverDeps;
  private readonly journal: RunJournal;
  private readonly recovery: Recovery;
  private readonly timers = new Timers<'park' | 'restart' | 'retry' | 'notice'>();
  private readonly viewers: Paced;
  /** Sent to the trainer and not yet applied. */
  private readonly sentChanges = new Map<number, WantedChange>();
  private nextChangeId = 1;
  private init: () => Promise<string> = async () => 'scratch';
  private checkpointSteps: number | undefined;
  private state: RunState;
  /** What viewers are told while something cannot be stored. */
  private holding: string | undefined;
  /** What viewers are told while it is paused in the middle of an update. */
  private midway: string | undefined;
  /** Why the last trainer could not save before it went. */
  private lost: string | undefined;
  /** Why the run's own row could not be written lately. */
  private unsaved: string | undefined;
  private readonly moved = new Set<() => void>();

  constructor(stored: StoredRun, deps: DriverDeps) {
    this.deps = deps;
    const { store, events, options } = deps;
    this.journal = new RunJournal(stored, store, events, options.episodesPerSecond);
    this.recovery = new Recovery(options);
    this.viewers = new Paced(STATE_GAP_MS, () => events.state({ ...this.info }));
    this.state = { at: 'resting', as: stored.info.status };
  }

  get info(): RunInfo {
    return this.journal.info;
  }

  /** What is said of one of its episodes in the list of those that are kept. */
  momentOf(replay: Replay): Moment {
    return this.journal.momentOf(replay);
  }

  get wanted(): StoredRun['wanted'] {
    return this.journal.stored.wanted;
  }

  get compute(): Pick<StoredRun, 'engine' | 'workers'> {
    return this.journal.stored;
  }

  get hasTrainer(): boolean {
    return trainerOf(this.state) !== undefined;
  }

  /** True while it trains or is about to. */
  get isActive(): boolean {
    return this.wanted === 'running';
  }

  /**
   * Starts or goes on; from the newest good checkpoint where there is no process yet.
   * @param init what a run without a checkpoint begins with; a failure to find it fails the run
   * @param notice what viewers are told of it for a while
   */
  async start(init: () => Promise<string>, notice?: string): Promise<void> {
    this.init = init;
    this.recovery.forgive();
    if (this.state.at === 'ending') await this.state.trainer.gone;
    this.want('running');
    switch (this.state.at) {
      case 'resting':
      case 'retrying':
        return this.begin({ ...AS_USUAL, notice });
      case 'pausing':
      case 'paused':
        this.state.trainer.send({ type: 'resume' });
        this.goToWork(this.state.trainer, AS_USUAL);
        return;
      case 'held':
        return this.nudge();
    }
  }

  /** Tells viewers something for a while that does not stop the run. */
  warn(notice: string): void {
    this.journal.info = { ...this.info, message: notice };
    this.viewers.now();
    this.timers.start('notice', this.deps.options.noticeFor, () => {
      if (this.info.message === notice) this.say(undefined);
    });
  }

  /** One that waits because something cannot be stored tries again at once. */
  nudge(): void {
    if (this.state.at !== 'held') return;
    this.state.trainer?.send({ type: 'resume' });
    this.retry();
  }

  /** Asks the trainer to pause; resolves when it has, or is gone. */
  async pause(): Promise<void> {
    if (this.state.at === 'closed') return;
    this.want('idle');
    const trainer = trainerOf(this.state);
    if (!trainer) {
      this.rest('paused');
      return;
    }
    if (this.state.at === 'ending' || this.state.at === 'paused') return;
    trainer.send({ type: 'pause' });
    if (trainer.isPaused) this.go({ at: 'paused', trainer });
    else this.go({ at: 'pausing', trainer, shown: statusOf(this.state) });
    while (this.state.at === 'pausing' && this.state.shown !== 'paused') await this.move();
  }

  /**
   * Ends the trainer, a checkpoint of all that was told being saved. `park` and `shutdown` leave the run paused
   * (`shutdown` with the wish to go on at the next start), `stop` leaves it stopped.
   */
  async end(why: Exclude<Ending, 'failed'>, killAfterSeconds = 60): Promise<void> {
    if (this.state.at === 'closed') return;
    if (why !== 'shutdown') this.want('idle');
    const trainer = trainerOf(this.state);
    if (trainer) {
      this.go({ at: 'ending', trainer, why, shown: statusOf(this.state) });
      await trainer.end(why, killAfterSeconds);
    } else if (this.info.status !== 'failed' || why === 'stop') this.settle(why);
  }

  /** Why the run as it is now is not written down yet; undefined where it is. */
  get unwritten(): string | undefined {
    return this.unsaved;
  }

  /** Why measurements or a checkpoint of it are not kept yet. */
  get unkept(): string | undefined {
    return this.held ?? this.lost;
  }

  /** Nothing is told or written of it any more. Only for a run without a trainer. */
  forget(): void {
    this.timers.stopAll();
    this.viewers.stop();
    this.state = { at: 'closed' };
  }

  /** Takes over what was finished but not told before a crash. */
  async catchUp(): Promise<void> {
    const checkpoint = await this.deps.checkpoints.newestGood(this.info.id);
    if (!checkpoint || this.hasTrainer) return;
    try {
      this.journal.adopt(this.upTo(checkpoint));
    } catch (error) {
      this.deps.events.log('error', (error as Error).message);
    }
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
    const trainer = trainerOf(this.state);
    if (trainer && !trainer.ending) this.send(trainer, change);
    // With nobody training, the next rollout is the very next thing that happens.
    if (!trainer) this.log(change);
    else if (trainer.isPaused && !trainer.isMidway) this.logSent();
    this.viewers.now();
  }

  /** Renames the run, or says something about it. Throws a `StorageError` where that cannot be kept. */
  describe(patch: Partial<Pick<RunInfo, 'name' | 'note' | 'tags'>>): void {
    const before = this.info;
    this.journal.info = { ...before, ...patch };
    try {
      this.journal.putRun();
    } catch (error) {
      this.journal.info = before;
      throw error;
    }
    this.viewers.now();
  }

  /** The one place where the state changes: what is left is cleared, what is entered is told and kept. */
  private go(next: RunState): void {
    checkTransition(this.state, next);
    if (this.state.at === 'paused') this.timers.stop('park');
    if (this.state.at === 'retrying') this.timers.stop('restart');
    this.state = next;
    if (next.at === 'paused')
      this.timers.start('park', this.deps.options.parkAfter, () => void this.end('park'));
    const testing = trainerOf(next) && this.info.testing;
    this.journal.info = { ...this.info, status: statusOf(next), pending: pendingOf(next), testing };
    this.persist();
    this.viewers.now();
    for (const wake of [...this.moved]) wake();
  }

  /** Resolves with the next change of state. */
  private move(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.moved.delete(wake);
        resolve();
      };
      this.moved.add(wake);
    });
  }

  private goToWork(trainer: SupervisedTrainer, how: TakeUp): void {
    this.go(trainer.isReady ? { at: 'training', trainer } : { at: 'loading', trainer, how });
  }

  private rest(as: RunInfo['status']): void {
    this.go({ at: 'resting', as });
  }

  /** Reads the newest checkpoint and launches a trainer. */
  private async begin(how: TakeUp): Promise<void> {
    if (this.wanted !== 'running') return;
    const preparing: RunState = { at: 'preparing', how };
    this.go(preparing);
    try {
      const checkpoint = await this.deps.checkpoints.newestGood(this.info.id);
      const from = checkpoint ? '' : await this.init();
      // Someone may have paused or stopped it while the disk was read.
      if (this.state !== preparing) return;
      if (checkpoint) this.journal.adopt(this.upTo(checkpoint));
      this.journal.rewindTo(checkpoint?.updates ?? 0, checkpoint?.envSteps ?? 0);
      this.checkpointSteps = checkpoint?.envSteps;
      if (how.slower) {
        const { learningRate } = this.info.settings;
        this.change('settings', { learningRate: Number((learningRate / 2).toPrecision(3)) });
        preparing.how = { ...how, slower: false };
      }
      this.go({ at: 'loading', trainer: this.launch(from, checkpoint), how: preparing.how });
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
      { checkpointFolder: checkpoints.folder, lease: checkpoints.takeLease(stored.info.id) },
      options,
    );
    const trainer = new SupervisedTrainer(launch, start, options, {
      message: (message) => this.take(message),
      gone: (departure) => this.takeGone(departure),
    });
    this.sentChanges.clear();
    for (const change of open) this.send(trainer, change);
    return trainer;
  }

  private take(message: FromTrainer): void {
    const { state, journal } = this;
    switch (message.type) {
      case 'ready': {
        const { engine, parameters } = message;
        const notice = state.at === 'loading' ? state.how.notice : undefined;
        journal.info = { ...this.info, engine, parameters, message: this.holding };
        if (notice) this.warn(notice);
        if (state.at === 'loading') this.goToWork(state.trainer, state.how);
        break;
      }
      case 'episode':
        if (!journal.show(message.replay)) this.waitForStore();
        break;
      case 'testing':
        journal.info = { ...this.info, testing: message.testing };
        this.viewers.soon();
        break;
      case 'update':
        journal.info = { ...this.info, testing: undefined };
        this.recovery.progressed();
        if (!journal.take(message.point)) this.waitForStore();
        this.viewers.soon();
        break;
      case 'applied':
        if (this.sentChanges.delete(message.changeId) && !journal.log(message.change))
          this.waitForStore();
        break;
      case 'saved':
        this.checkpointSteps = message.envSteps;
        this.release();
        break;
      case 'saveFailed':
        this.hold(message.message);
        break;
      case 'paused':
        // In the middle of an update the next rollout, where changes take effect, is later than what is told so far.
        if (message.midway === undefined) this.logSent();
        this.sayMidway(message.midway);
        if (state.at === 'pausing') this.go({ at: 'paused', trainer: state.trainer });
        break;
      case 'resumed':
        this.sayMidway(undefined);
        break;
      case 'stopped':
        if (message.givenUp !== undefined && message.givenUp > TOLD_SECONDS)
          this.say(
            `The update in progress was given up after ${Math.round(message.givenUp)} s; Resume makes it again from step ${this.info.envSteps}.`,
          );
        break;
    }
  }

  /** While it is paused in the middle of an update, viewers are told how far that is. */
  private sayMidway(share: number | undefined): void {
    const told = this.midway;
    this.midway =
      share === undefined
        ? undefined
        : `Paused in the middle of an update, ${Math.floor(share * 100)} % of which is done; Resume goes on there.`;
    if (this.midway === undefined && (told === undefined || this.info.message !== told)) return;
    this.journal.info = { ...this.info, message: this.midway };
    this.viewers.now();
  }

  private takeGone({ ending, reason, failure }: Departure): void {
    const { state } = this;
    this.lost = trainerOf(state)?.saveTrouble;
    this.sayMidway(undefined);
    const why =
      failure?.message ??
      `The trainer ${reason ?? 'ended by itself'} at step ${this.info.envSteps}.`;
    if (ending === undefined || ending === 'failed')
      this.deps.events.log('error', why, failure?.detail);
    if (state.at === 'ending') {
      if (reason) this.say(`The trainer ${reason} while it was being ended.`);
      this.settle(state.why);
    } else if (this.wanted === 'idle') this.settle('park');
    else this.recover(failure?.kind ?? 'ended', why);
  }

  /** Takes the run up again after it lost its trainer, or gives up. */
  private recover(kind: Parameters<Recovery['remedyFor']>[0], why: string): void {
    const remedy = this.recovery.remedyFor(kind, this.info.updates);
    if ('giveUp' in remedy) {
      this.fail([why, remedy.giveUp, this.resumeHint()].filter(Boolean).join(' '));
      return;
    }
    const notice = remedy.slower
      ? `${why} It was rolled back to the last good checkpoint and goes on with half the learning rate.`
      : `${why} It was started again from its last checkpoint.`;
    const how: TakeUp = { slower: remedy.slower, notice };
    this.journal.info = { ...this.info, message: `${why} It is being started again.` };
    this.go({ at: 'retrying', how });
    this.timers.start('restart', remedy.wait, () => void this.begin(how));
  }

  private settle(why: Exclude<Ending, 'failed'>): void {
    if (why !== 'shutdown') {
      this.rest(why === 'stop' ? 'stopped' : 'paused');
      return;
    }
    if (this.wanted === 'running')
      this.journal.info = {
        ...this.info,
        message: 'The server is shutting down; training goes on from here when it starts again.',
      };
    this.timers.stopAll();
    this.go({ at: 'closed' });
  }

  private fail(message: string): void {
    this.want('idle');
    this.journal.info = { ...this.info, message };
    this.deps.events.log('error', message);
    this.rest('failed');
  }

  private resumeHint(): string {
    return this.checkpointSteps === undefined
      ? 'Resume starts it again.'
      : `Resume goes on from the last checkpoint, at step ${this.checkpointSteps}.`;
  }

  private logSent(): void {
    for (const change of this.sentChanges.values()) this.log(change);
    this.sentChanges.clear();
  }

  private log(change: WantedChange): void {
    const { envSteps, seconds } = this.info;
    this.journal.log({ envSteps, seconds, at: Date.now(), ...change });
  }

  private send(trainer: SupervisedTrainer, change: WantedChange): void {
    const changeId = this.nextChangeId++;
    this.sentChanges.set(changeId, change);
    trainer.send({ type: 'change', changeId, change });
  }

  /** Why nothing can be stored at present. */
  private get held(): string | undefined {
    return trainerOf(this.state)?.saveTrouble ?? this.journal.trouble;
  }

  /** Training on without keeping its measurements would lose them. */
  private waitForStore(): void {
    trainerOf(this.state)?.send({ type: 'pause' });
    this.hold(this.journal.trouble ?? '');
  }

  /** Paused for want of a place to store things; goes on by itself. */
  private hold(trouble: string): void {
    this.holding = `Paused: ${trouble} Training goes on by itself as soon as that works again.`;
    this.say(this.holding);
    const { state } = this;
    if (state.at === 'preparing' || state.at === 'loading')
      this.go({ at: 'held', trainer: trainerOf(state), how: state.how });
    if (state.at === 'training') this.go({ at: 'held', trainer: state.trainer, how: AS_USUAL });
    this.timers.start('retry', this.deps.options.retryEvery, () => this.retry());
  }

  private retry(): void {
    this.timers.stop('retry');
    if (this.state.at === 'closed') return;
    if (this.unsaved !== undefined) {
      this.persist();
      this.viewers.now();
    }
    if (!this.journal.flush()) this.waitForStore();
    else this.release();
  }

  /** Goes on, if it was held and nothing stands in the way any more. */
  private release(): void {
    const { state } = this;
    if (this.held || this.unsaved || this.holding === undefined) return;
    if (this.info.message === this.holding) this.say(undefined);
    this.holding = undefined;
    if (state.at !== 'held') return;
    if (!state.trainer) {
      void this.begin(state.how);
      return;
    }
    state.trainer.send({ type: 'resume' });
    this.goToWork(state.trainer, state.how);
  }

  private want(wanted: StoredRun['wanted']): void {
    this.journal.stored.wanted = wanted;
  }

  /** Sets or clears what viewers are told beside the status. */
  private say(message: string | undefined): void {
    if (message === this.info.message) return;
    if (message) this.deps.events.log('warn', message);
    this.journal.info = { ...this.info, message };
    this.viewers.now();
  }

  /** Writes the run's row; where that fails, it is tried again until it works. */
  private persist(): void {
    if (this.unsaved !== undefined && this.info.message === this.unsaved)
      this.journal.info = { ...this.info, message: undefined };
    try {
      this.journal.putRun();
      this.unsaved = undefined;
    } catch (error) {
      this.unsaved = (error as Error).message;
      this.deps.events.log('error', this.unsaved);
      this.journal.info = { ...this.info, message: this.info.message ?? this.unsaved };
      this.timers.start('retry', this.deps.options.retryEvery, () => this.retry());
    }
  }
}
