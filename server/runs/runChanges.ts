import type { TrainSettings } from '../../shared/config.ts';
import type { RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import {
  type ChosenLearning,
  followsRewards,
  learningByRewards,
} from '../../shared/usualLearning.ts';
import { difference } from './changes.ts';
import type { RunJournal } from './journal.ts';
import type { SupervisedTrainer } from './supervised.ts';
import type { WantedChange } from './trainerProtocol.ts';

/** A run's changes of settings and rewards: each is kept, sent to the trainer, and logged once it takes effect. */
export class RunChanges {
  private readonly journal: RunJournal;
  /** Sent to the trainer and not yet applied. */
  private readonly sent = new Map<number, WantedChange>();
  private nextId = 1;

  constructor(journal: RunJournal) {
    this.journal = journal;
  }

  /**
   * Merges new values. Throws a `StorageError` where they cannot be kept, and then changes nothing.
   * @param trainer the one that the run has
   * @param isCaughtUp where it has none: what the one before saved is known; else the change is logged once it is
   * @returns whether anything differs
   */
  make(
    kind: SettingsChange['kind'],
    patch: Partial<TrainSettings> | Partial<RewardWeights>,
    trainer: SupervisedTrainer | undefined,
    isCaughtUp: boolean,
  ): boolean {
    const before = this.journal.info[kind];
    const change = difference(kind, before, patch);
    if (!change) return false;
    const now = { ...before, ...patch };
    this.journal.amend({ [kind]: now, ...learningAfter(this.journal.info, kind, now) });
    if (trainer && !trainer.ending) this.send(trainer, change);
    // With nobody training, the next rollout is the very next thing that happens.
    if (!trainer && isCaughtUp) this.log(change);
    if (trainer?.isPaused && !trainer.isMidway) this.logSent();
    return true;
  }

  /** Sends a new trainer the changes that the one before did not apply. */
  sendAnew(trainer: SupervisedTrainer, open: readonly WantedChange[]): void {
    this.sent.clear();
    for (const change of open) this.send(trainer, change);
  }

  /** The trainer has applied one. False where the log has to wait for the store. */
  applied(changeId: number, change: SettingsChange): boolean {
    return !this.sent.delete(changeId) || this.journal.log(change);
  }

  /** The trainer waits between two rollouts: what it was sent takes effect at the step that was told last. */
  logSent(): void {
    for (const change of this.sent.values()) this.log(change);
    this.sent.clear();
  }

  private send(trainer: SupervisedTrainer, change: WantedChange): void {
    const changeId = this.nextId++;
    this.sent.set(changeId, change);
    trainer.send({ type: 'change', changeId, change });
  }

  private log(change: WantedChange): void {
    this.journal.log({ ...this.journal.nextChange, at: Date.now(), ...change });
  }
}

/** How the run learns once the change takes effect; empty where that stays as it is. */
function learningAfter(
  { learningReason }: RunInfo,
  kind: SettingsChange['kind'],
  now: Partial<TrainSettings> | Partial<RewardWeights>,
): Partial<ChosenLearning> {
  if (kind !== 'rewards' || !followsRewards(learningReason)) return {};
  // Cast: a run's rewards, all terms of them, with some of them changed.
  return learningByRewards(now as RewardWeights);
}
