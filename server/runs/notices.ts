import type { JournalEvents, RunJournal } from './journal.ts';
import type { Paced } from './paced.ts';
import { Timers } from './timers.ts';

/** The line of text that viewers see beside a run's status; the newest replaces the one before. */
export class Notices {
  private readonly journal: RunJournal;
  private readonly viewers: Paced;
  private readonly log: JournalEvents['log'];
  /** Seconds. */
  private readonly warnFor: number;
  private readonly timers = new Timers<'notice'>();

  constructor(journal: RunJournal, viewers: Paced, log: JournalEvents['log'], warnFor: number) {
    this.journal = journal;
    this.viewers = viewers;
    this.log = log;
    this.warnFor = warnFor;
  }

  get shown(): string | undefined {
    return this.journal.info.message;
  }

  /** Viewers are told with whatever they are told next. */
  put(message: string | undefined): void {
    this.journal.info = { ...this.journal.info, message };
  }

  /** Sets or clears the line, and tells viewers. */
  say(message: string | undefined): void {
    if (message === this.shown) return;
    if (message) this.log('warn', message);
    this.put(message);
    this.viewers.now();
  }

  /** Clears the line where it still says this. */
  unsay(message: string): void {
    if (this.shown === message) this.say(undefined);
  }

  /** Says something for a while that does not stop the run. */
  warn(notice: string): void {
    this.put(notice);
    this.viewers.now();
    this.timers.start('notice', this.warnFor, () => this.unsay(notice));
  }

  /**
   * While a run is paused in the middle of an update, tells how far that is.
   * @param share of the update, from 0 to 1; undefined where it is not paused there
   */
  tellMidway(share: number | undefined): void {
    const { info } = this.journal;
    if (info.midway === share) return;
    this.journal.info = { ...info, midway: share };
    this.viewers.now();
  }

  stop(): void {
    this.timers.stopAll();
  }
}
