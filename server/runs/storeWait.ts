import type { JournalEvents, RunJournal } from './journal.ts';
import type { Notices } from './notices.ts';
import { Timers } from './timers.ts';

/** The run whose measurements, checkpoints and row are to be stored. */
export interface Waiting {
  /** Why its trainer cannot save at present. */
  readonly saveTrouble: string | undefined;
  /** Tells its trainer to pause. */
  pauseTrainer(): void;
  /** Training waits. */
  held(): void;
  /** Nothing stands in the way of training any more. */
  freed(): void;
  /** Its row was tried again: viewers are told how that went. */
  tried(): void;
}

/**
 * What happens while something of a run cannot be stored: training waits, viewers are told why, and it is tried again
 * until it works. Training on would lose measurements.
 */
export class StoreWait {
  /** Why the run's own row is not written; undefined where it is. */
  unwritten: string | undefined;
  /** What viewers are told while training waits. */
  holding: string | undefined;
  private readonly run: Waiting;
  private readonly journal: RunJournal;
  private readonly notices: Notices;
  private readonly log: JournalEvents['log'];
  /** Seconds. */
  private readonly retryEvery: number;
  private readonly timers = new Timers<'retry'>();
  private isOver = false;

  constructor(
    run: Waiting,
    journal: RunJournal,
    notices: Notices,
    log: JournalEvents['log'],
    retryEvery: number,
  ) {
    this.run = run;
    this.journal = journal;
    this.notices = notices;
    this.log = log;
    this.retryEvery = retryEvery;
  }

  /** Why measurements or checkpoints cannot be stored at present. */
  get trouble(): string | undefined {
    return this.run.saveTrouble ?? this.journal.trouble;
  }

  /** The store takes no measurements. */
  waitForStore(): void {
    this.run.pauseTrainer();
    this.hold(this.journal.trouble ?? '');
  }

  /** Training waits for a place to store things. */
  hold(trouble: string): void {
    this.holding = `Paused: ${trouble} Training goes on by itself as soon as that works again.`;
    this.notices.say(this.holding);
    this.run.held();
    this.tryLater();
  }

  /** Tries at once. */
  retry(): void {
    this.timers.stop('retry');
    if (this.isOver) return;
    if (this.unwritten !== undefined) {
      this.writeRow();
      this.run.tried();
    }
    if (!this.journal.flush()) this.waitForStore();
    else this.release();
  }

  /** Training goes on, if it waits and nothing stands in the way any more. */
  release(): void {
    if (this.trouble || this.unwritten || this.holding === undefined) return;
    this.notices.unsay(this.holding);
    this.holding = undefined;
    this.run.freed();
  }

  /** Writes the run's row; where that fails, it is tried again until it works. */
  writeRow(): void {
    const { notices, unwritten } = this;
    if (unwritten !== undefined && notices.shown === unwritten) notices.put(undefined);
    try {
      this.journal.putRun();
      this.unwritten = undefined;
    } catch (error) {
      this.unwritten = (error as Error).message;
      this.log('error', this.unwritten);
      notices.put(notices.shown ?? this.unwritten);
      this.tryLater();
    }
  }

  /** Nothing is tried any more. */
  stop(): void {
    this.isOver = true;
    this.timers.stopAll();
  }

  private tryLater(): void {
    if (!this.isOver) this.timers.start('retry', this.retryEvery, () => this.retry());
  }
}
