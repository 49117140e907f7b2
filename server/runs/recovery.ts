import type { FailureKind } from './trainerProtocol.ts';

/** How a run that lost its trainer is taken up again; times in seconds. */
export interface RecoveryOptions {
  /** It is started again so many times in a row without a finished update in between. */
  restarts: number;
  /** Before the first time; four times as long before each further one. */
  restartDelay: number;
  /** Training that diverged is rolled back so many times within `rollbackSpan` updates. */
  rollbacks: number;
  rollbackSpan: number;
}

export const DEFAULT_RECOVERY: RecoveryOptions = {
  restarts: 3,
  restartDelay: 0.5,
  rollbacks: 3,
  rollbackSpan: 100,
};

/** What to do about a failure: `wait` seconds and start again, or give up and say why. */
export type Remedy = { wait: number; slower: boolean } | { giveUp: string };

/** Counts a run's failures, and decides how often it is worth trying again. */
export class Recovery {
  private readonly options: RecoveryOptions;
  private inARow = 0;
  /** Updates done at each rollback. */
  private rollbacks: number[] = [];

  constructor(options: RecoveryOptions) {
    this.options = options;
  }

  /** An update has been finished. */
  progressed(): void {
    this.inARow = 0;
  }

  /** A person starts it again: what happened before counts no more. */
  forgive(): void {
    this.inARow = 0;
    this.rollbacks = [];
  }

  /** @param updates done in all */
  remedyFor(kind: FailureKind | 'ended', updates: number): Remedy {
    const { restarts, restartDelay, rollbacks, rollbackSpan } = this.options;
    if (kind === 'loading') return { giveUp: '' };
    if (kind === 'diverged') {
      this.rollbacks = this.rollbacks.filter((at) => at <= updates && updates - at <= rollbackSpan);
      if (this.rollbacks.length >= rollbacks)
        return {
          giveUp: `${times(rollbacks)} it was rolled back to the last good checkpoint with half the learning rate, in vain. Lower the learning rate or the reward weights, then resume.`,
        };
      this.rollbacks.push(updates);
      return { wait: 0, slower: true };
    }
    if (this.inARow >= restarts)
      return {
        giveUp:
          restarts === 0
            ? ''
            : `${times(restarts)} it was started again without finishing an update.`,
      };
    return { wait: restartDelay * 4 ** this.inARow++, slower: false };
  }
}

const times = (n: number) => (n === 1 ? 'Once' : n === 2 ? 'Twice' : `${n} times`);
