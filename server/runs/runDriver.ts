// Longer than most files: all that can happen to a run is read in one place.
import type { TrainSettings } from '../../shared/config.ts';
import type { RecordPatch } from '../../shared/intent.ts';
import type { Moment } from '../../shared/moments.ts';
import type { RunInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { StoredCheckpoint } from '../storage/checkpointInfo.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';
import { type RunStore, StorageError, type StoredRun } from '../storage/store.ts';
import type { DriveOptions } from './driveOptions.ts';
import { type JournalEvents, RunJournal } from './journal.ts';
import type { Launch } from './launcher.ts';
import { Notices } from './notices.ts';
import { Paced } from './paced.ts';
import { Recovery } from './recovery.ts';
import { RunChanges } from './runChanges.ts';
import { pendingOf, RunMachine, type RunState, statusOf, type TakeUp } from './runState.ts';
import { StartPoint } from './startPoint.ts';
import { StoreWait, type Waiting } from './storeWait.ts';
import type { Departure, Ending, SupervisedTrainer } from './supervised.ts';
import type { FromTrainer } from './trainerProtocol.ts';

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
 * states (`runState.ts`), and keeps and tells what comes of it.
 */
export class RunDriver {
  /** Without a trainer: nothing that one saved is yet to be taken over. */
  private isCaughtUp: boolean;
  private readonly deps: DriverDeps;
  private readonly journal: RunJournal;
  private readonly recovery: Recovery;
  private readonly viewers: Paced;
  private readonly notices: Notices;
  private readonly storing: StoreWait;
  private readonly changes: RunChanges;
  private readonly startPoint: StartPoint;
  private init: () => Promise<string> = async () => 'scratch';
  private readonly machine: RunMachine;
  /** Why the last trainer could not save before it went. */
  private lost: string | undefined;

  constructor(stored: StoredRun, deps: DriverDeps) {
    this.deps = deps;
    const { store, events, options } = deps;
    this.journal = new RunJournal(stored, store, events, options.episodesPerSecond);
    this.changes = new RunChanges(this.journal);
    this.startPoint = new StartPoint(this.journal, deps.checkpoints);
    this.recovery = new Recovery(options);
    this.viewers = new Paced(STATE_GAP_MS, () => events.state({ ...this.info }));
    this.notices = new Notices(this.journal, this.viewers, events.log, options.noticeFor);
    this.storing = new StoreWait(
      this.asWaiting(),
      ...([this.journal, this.notices, events.log, options.retryEvery] as const),
    );
    const { status } = stored.info;
    this.isCaughtUp = stored.wanted === 'idle' && status !== 'running' && status !== 'starting';
    const resting: RunState = { at: 'resting', as: status };
    this.machine = new RunMachine(resting, (state) => this.entered(state));
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
    return this.machine.trainer !== undefined;
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
    this.notices.warn(notice);
  }

  /** One that waits because something cannot be stored tries again at once. */
  nudge(): void {
    if (this.state.at !== 'held') return;
    this.state.trainer?.send({ type: 'resume' });
    this.storing.retry();
  }

  /** Asks the trainer to pause; resolves when it has, or is gone. */
  async pause(): Promise<void> {
    if (this.state.at === 'closed') return;
    this.want('idle');
    const trainer = this.machine.trainer;
    if (!trainer) {
      this.rest('paused');
      return;
    }
    if (this.state.at === 'ending' || this.state.at === 'paused') return;
    trainer.send({ type: 'pause' });
    if (trainer.isPaused) this.go({ at: 'paused', trainer });
    else this.go({ at: 'pausing', trainer, shown: statusOf(this.state) });
    while (this.state.at === 'pausing' && this.state.shown !== 'paused') await this.machine.moved();
  }

  /**
   * Ends the trainer, a checkpoint of all that was told being saved. `park` and `shutdown` leave the run paused
   * (`shutdown` with the wish to go on at the next start), `stop` leaves it stopped.
   */
  async end(why: Exclude<Ending, 'failed'>, killAfterSeconds = 60): Promise<void> {
    if (this.state.at === 'closed') return;
    if (why !== 'shutdown') this.want('idle');
    const trainer = this.machine.trainer;
    if (trainer) {
      this.go({ at: 'ending', trainer, why, shown: statusOf(this.state) });
      await trainer.end(why, killAfterSeconds);
    } else if (this.info.status !== 'failed' || why === 'stop') this.settle(why);
  }

  /** Why the run as it is now is not written down yet; undefined where it is. */
  get unwritten(): string | undefined {
    return this.storing.unwritten;
  }

  /** Why measurements or a checkpoint of it are not kept yet. */
  get unkept(): string | undefined {
    return this.storing.trouble ?? this.lost;
  }

  /** Nothing is told or written of it any more. Only for a run without a trainer. */
  forget(): void {
    this.stopTimers();
    this.viewers.stop();
    this.machine.close();
  }

  /** Takes over what was finished but not told before a crash, and logs the changes made since. */
  async catchUp(): Promise<void> {
    const checkpoint = await this.startPoint.newest();
    if (this.hasTrainer) return;
    try {
      this.startPoint.catchUpTo(checkpoint);
      this.isCaughtUp = true;
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
    if (this.changes.make(kind, patch, this.machine.trainer, this.isCaughtUp)) this.viewers.now();
  }

  /** Says what it is to record by itself. Throws a `StorageError` where that cannot be kept. */
  setRecord(patch: RecordPatch): void {
    this.journal.setRecord(patch);
    this.viewers.now();
  }

  /** Renames the run, or says something about it. Throws a `StorageError` where that cannot be kept. */
  describe(patch: Partial<Pick<RunInfo, 'name' | 'note' | 'tags'>>): void {
    this.journal.amend(patch);
    this.viewers.now();
  }

  private get state(): RunState {
    return this.machine.state;
  }

  private go(next: RunState): void {
    this.machine.go(next);
  }

  /** What is entered is kept and told. */
  private entered(state: RunState): void {
    if (state.at === 'paused')
      this.machine.after(this.deps.options.parkAfter, () => void this.end('park'));
    const testing = this.machine.trainer && this.info.testing;
    const [status, pending] = [statusOf(state), pendingOf(state)];
    this.journal.info = { ...this.info, status, pending, testing };
    this.storing.writeRow();
    this.viewers.now();
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
      const checkpoint = await this.startPoint.newest();
      const from = checkpoint ? '' : await this.init();
      // Someone may have paused or stopped it while the disk was read.
      if (this.state !== preparing) return;
      this.startPoint.goBackTo(checkpoint);
      this.isCaughtUp = true;
      if (how.slower) {
        const { learningRate } = this.info.settings;
        this.change('settings', { learningRate: Number((learningRate / 2).toPrecision(3)) });
        preparing.how = { ...how, slower: false };
      }
      this.go({ at: 'loading', trainer: this.launch(from, checkpoint), how: preparing.how });
    } catch (error) {
      if (error instanceof StorageError) this.storing.hold(error.message);
      else this.fail((error as Error).message);
    }
  }

  private launch(init: string, checkpoint?: StoredCheckpoint): SupervisedTrainer {
    const { options, launch } = this.deps;
    const { trainer, open } = this.startPoint.launch(init, checkpoint, launch, options, {
      message: (message) => this.take(message),
      gone: (departure) => this.takeGone(departure),
    });
    this.changes.sendAnew(trainer, open);
    this.isCaughtUp = false;
    return trainer;
  }

  private take(message: FromTrainer): void {
    const { state, journal } = this;
    switch (message.type) {
      case 'ready': {
        const { engine, parameters } = message;
        const notice = state.at === 'loading' ? state.how.notice : undefined;
        journal.info = { ...this.info, engine, parameters, message: this.storing.holding };
        if (notice) this.notices.warn(notice);
        if (state.at === 'loading') this.goToWork(state.trainer, state.how);
        break;
      }
      case 'episode':
        if (!journal.show(message.replay)) this.storing.waitForStore();
        break;
      case 'testing':
        journal.info = { ...this.info, testing: message.testing };
        this.viewers.soon();
        break;
      case 'update':
        journal.info = { ...this.info, testing: undefined };
        this.recovery.progressed();
        if (!journal.take(message.point)) this.storing.waitForStore();
        // What waits for the store is told with the first that need not.
        else this.machine.trainer?.send({ type: 'stored', updates: message.point.updates });
        this.viewers.soon();
        break;
      case 'applied':
        if (!this.changes.applied(message.changeId, message.change)) this.storing.waitForStore();
        break;
      case 'saved':
        this.startPoint.envSteps = message.envSteps;
        this.storing.release();
        break;
      case 'saveFailed':
        this.storing.hold(message.message);
        break;
      case 'paused':
        // In the middle of an update the next rollout, where changes take effect, is later than what is told so far.
        if (message.midway === undefined) this.changes.logSent();
        this.notices.tellMidway(message.midway);
        if (state.at === 'pausing') this.go({ at: 'paused', trainer: state.trainer });
        break;
      case 'resumed':
        this.notices.tellMidway(undefined);
        break;
      case 'stopped':
        this.isCaughtUp = true;
        if (message.givenUp !== undefined && message.givenUp > TOLD_SECONDS)
          this.notices.say(
            `The update in progress was given up after ${Math.round(message.givenUp)} s; Resume makes it again from step ${this.info.envSteps}.`,
          );
        break;
    }
  }

  private takeGone({ ending, reason, failure }: Departure): void {
    const { state } = this;
    this.lost = this.machine.trainer?.saveTrouble;
    this.notices.tellMidway(undefined);
    const why =
      failure?.message ??
      `The trainer ${reason ?? 'ended by itself'} at step ${this.info.envSteps}.`;
    if (ending === undefined || ending === 'failed')
      this.deps.events.log('error', why, failure?.detail);
    if (state.at === 'ending') {
      if (reason) this.notices.say(`The trainer ${reason} while it was being ended.`);
      this.settle(state.why);
    } else if (this.wanted === 'idle') this.settle('park');
    else {
      // It could not load what is away: tried again, the run waits for the folder, as it does while it trains.
      const isAway = failure?.kind === 'loading' && this.startPoint.isGone;
      this.recover(isAway ? 'ended' : (failure?.kind ?? 'ended'), why);
    }
    if (!this.isCaughtUp && this.state.at === 'resting') void this.catchUp();
  }

  /** Takes the run up again after it lost its trainer, or gives up. */
  private recover(kind: Parameters<Recovery['remedyFor']>[0], why: string): void {
    const remedy = this.recovery.remedyFor(kind, this.info.updates);
    if ('giveUp' in remedy) {
      this.fail([why, remedy.giveUp, this.startPoint.hint].filter(Boolean).join(' '));
      return;
    }
    const notice = remedy.slower
      ? `${why} It was rolled back to the last good checkpoint and goes on with half the learning rate.`
      : `${why} It was started again from its last checkpoint.`;
    const how: TakeUp = { slower: remedy.slower, notice };
    this.notices.put(`${why} It is being started again.`);
    this.go({ at: 'retrying', how });
    this.machine.after(remedy.wait, () => void this.begin(how));
  }

  private settle(why: Exclude<Ending, 'failed'>): void {
    if (why !== 'shutdown') {
      this.rest(why === 'stop' ? 'stopped' : 'paused');
      return;
    }
    if (this.wanted === 'running')
      this.notices.put(
        'The server is shutting down; training goes on from here when it starts again.',
      );
    this.stopTimers();
    this.go({ at: 'closed' });
  }

  private fail(message: string): void {
    this.want('idle');
    this.notices.put(message);
    this.deps.events.log('error', message);
    this.rest('failed');
  }

  /** What happens to the run while something of it cannot be stored. */
  private asWaiting(): Waiting {
    const trainer = () => this.machine.trainer;
    return {
      get saveTrouble() {
        return trainer()?.saveTrouble;
      },
      pauseTrainer: () => trainer()?.send({ type: 'pause' }),
      held: () => this.takeHeld(),
      freed: () => this.takeFreed(),
      tried: () => this.viewers.now(),
    };
  }

  private takeHeld(): void {
    const { state } = this;
    if (state.at === 'preparing' || state.at === 'loading')
      this.go({ at: 'held', trainer: this.machine.trainer, how: state.how });
    if (state.at === 'training') this.go({ at: 'held', trainer: state.trainer, how: AS_USUAL });
  }

  private takeFreed(): void {
    const { state } = this;
    if (state.at !== 'held') return;
    if (!state.trainer) {
      void this.begin(state.how);
      return;
    }
    state.trainer.send({ type: 'resume' });
    this.goToWork(state.trainer, state.how);
  }

  private stopTimers(): void {
    this.notices.stop();
    this.storing.stop();
  }

  private want(wanted: StoredRun['wanted']): void {
    this.journal.stored.wanted = wanted;
  }
}
