import type { RunStatus } from '../../shared/protocol.ts';
import type { Ending, SupervisedTrainer } from './supervised.ts';
import { Timers } from './timers.ts';

/** How a run is taken up. */
export interface TakeUp {
  /** After a rollback: with half the learning rate. */
  slower: boolean;
  /** What viewers are told of it for a while. */
  notice?: string;
}

/**
 * Where a run stands. A run without a trainer rests, prepares (its checkpoint is being read), is held (for
 * want of storage) or waits for its next try; a run with one loads, trains, is held, pauses, or ends.
 */
export type RunState =
  | { at: 'resting'; as: RunStatus }
  | { at: 'preparing'; how: TakeUp }
  | { at: 'loading'; trainer: SupervisedTrainer; how: TakeUp }
  | { at: 'training'; trainer: SupervisedTrainer }
  /** Something cannot be stored. Goes on by itself. */
  | { at: 'held'; trainer: SupervisedTrainer | undefined; how: TakeUp }
  /** Told to pause; `shown` is what viewers see until it has. */
  | { at: 'pausing'; trainer: SupervisedTrainer; shown: RunStatus }
  | { at: 'paused'; trainer: SupervisedTrainer }
  | { at: 'ending'; trainer: SupervisedTrainer; why: Exclude<Ending, 'failed'>; shown: RunStatus }
  /** Lost its trainer and is started again in a moment. */
  | { at: 'retrying'; how: TakeUp }
  /** The server ends, or the run was deleted: nothing happens any more. */
  | { at: 'closed' };

type StateName = RunState['at'];

/** Where each state may lead. A trainer may be lost at any time: that leads to `resting` or `retrying`. */
const NEXT: Record<StateName, readonly StateName[]> = {
  resting: ['preparing', 'resting', 'closed'],
  preparing: ['loading', 'held', 'resting', 'closed'],
  loading: ['training', 'held', 'pausing', 'ending', 'retrying', 'resting'],
  training: ['held', 'pausing', 'ending', 'retrying', 'resting'],
  held: [
    'preparing',
    'loading',
    'training',
    'pausing',
    'paused',
    'ending',
    'retrying',
    'resting',
    'closed',
  ],
  pausing: ['paused', 'loading', 'training', 'ending', 'resting', 'retrying'],
  paused: ['training', 'ending', 'resting', 'retrying'],
  ending: ['ending', 'resting', 'closed'],
  retrying: ['preparing', 'resting', 'closed'],
  closed: ['closed'],
};

/** Throws where the table does not allow it. */
function checkTransition(from: RunState, to: RunState): void {
  if (!NEXT[from.at].includes(to.at))
    throw new Error(`A run that is ${from.at} cannot become ${to.at}.`);
}

function trainerOf(state: RunState): SupervisedTrainer | undefined {
  return 'trainer' in state ? state.trainer : undefined;
}

/** What viewers see of it. */
export function statusOf(state: RunState): RunStatus {
  switch (state.at) {
    case 'resting':
      return state.as;
    case 'preparing':
    case 'loading':
    case 'retrying':
      return 'starting';
    case 'training':
      return 'running';
    case 'pausing':
    case 'ending':
      return state.shown;
    case 'held':
    case 'paused':
    case 'closed':
      return 'paused';
  }
}

/** What was asked for and is not done yet. */
export function pendingOf(state: RunState): 'pause' | 'stop' | undefined {
  if (state.at === 'pausing') return state.shown === 'paused' ? undefined : 'pause';
  if (state.at === 'ending') return state.why === 'stop' ? 'stop' : undefined;
  return undefined;
}

/** A run's state: the one place where it changes. */
export class RunMachine {
  private current: RunState;
  /** Called with each state that is entered. */
  private readonly onEnter: (state: RunState) => void;
  private readonly waiting = new Set<() => void>();
  private readonly timers = new Timers<'leave'>();

  constructor(first: RunState, onEnter: (state: RunState) => void) {
    this.current = first;
    this.onEnter = onEnter;
  }

  get state(): RunState {
    return this.current;
  }

  /** Undefined where the run has none at present. */
  get trainer(): SupervisedTrainer | undefined {
    return trainerOf(this.current);
  }

  /** Throws where the table above does not allow it: a fault of ours. */
  go(next: RunState): void {
    checkTransition(this.current, next);
    this.timers.stopAll();
    this.current = next;
    this.onEnter(next);
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  }

  /** Does something after this many seconds, unless the state is left before. */
  after(seconds: number, action: () => void): void {
    this.timers.start('leave', seconds, action);
  }

  /** Resolves with the next change of state. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Nobody is told: there is nobody to tell any more. */
  close(): void {
    this.timers.stopAll();
    this.current = { at: 'closed' };
  }
}
