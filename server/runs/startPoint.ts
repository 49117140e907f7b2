import { existsSync } from 'node:fs';
import type { StoredCheckpoint } from '../storage/checkpointInfo.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';
import { resumePlan } from './changes.ts';
import type { DriveOptions } from './driveOptions.ts';
import type { RunJournal } from './journal.ts';
import type { Launch } from './launcher.ts';
import { startMessage } from './startMessage.ts';
import { type SupervisedEvents, SupervisedTrainer } from './supervised.ts';
import type { WantedChange } from './trainerProtocol.ts';

/** What a run goes on from: its newest good checkpoint, where it has one. */
export class StartPoint {
  /** Steps of the newest checkpoint; undefined while there is none. */
  envSteps: number | undefined;
  /** The file that the last trainer was started from. */
  private file: string | undefined;
  private readonly journal: RunJournal;
  private readonly checkpoints: CheckpointFolder;

  constructor(journal: RunJournal, checkpoints: CheckpointFolder) {
    this.journal = journal;
    this.checkpoints = checkpoints;
  }

  newest(): Promise<StoredCheckpoint | undefined> {
    return this.checkpoints.newestGood(this.journal.info.id);
  }

  /** Takes over what was saved up to a checkpoint and not told. Throws a `StorageError`. */
  private adopt({ runId, updates }: StoredCheckpoint): void {
    this.journal.adopt(this.checkpoints.list(runId).filter((other) => other.updates <= updates));
  }

  /**
   * Takes over what was saved and not told, and logs what nobody got to make. A checkpoint that is absent has nothing.
   * Throws a `StorageError`.
   */
  catchUpTo(checkpoint: StoredCheckpoint | undefined): void {
    if (checkpoint) this.adopt(checkpoint);
    this.logOpen(checkpoint);
  }

  /** Makes the run what it was at a checkpoint, or at its beginning. Throws a `StorageError`. */
  goBackTo(checkpoint: StoredCheckpoint | undefined): void {
    this.catchUpTo(checkpoint);
    this.journal.rewindTo(checkpoint?.updates ?? 0, checkpoint?.envSteps ?? 0);
    this.envSteps = checkpoint?.envSteps;
  }

  /**
   * Changes that nobody got to make are made at the step that was told last: where the run goes back further, what was
   * told is made again without them.
   */
  private logOpen(checkpoint: StoredCheckpoint | undefined): void {
    const { info, changes } = this.journal;
    const at = Date.now();
    for (const change of resumePlan(info, changes, checkpoint).open)
      this.journal.log({ ...this.journal.nextChange, at, ...change });
  }

  /**
   * Launches a trainer.
   * @param init what it begins with where there is no checkpoint
   * @returns it, and the changes that it is to make after those that are logged
   */
  launch(
    init: string,
    checkpoint: StoredCheckpoint | undefined,
    launch: Launch,
    options: DriveOptions,
    events: SupervisedEvents,
  ): { trainer: SupervisedTrainer; open: WantedChange[] } {
    this.file = checkpoint?.file;
    const { stored, changes } = this.journal;
    const { folder } = this.checkpoints;
    const lease = this.checkpoints.takeLease(stored.info.id);
    const { start, open } = startMessage(
      stored,
      init,
      changes,
      checkpoint,
      { checkpointFolder: folder, lease },
      options,
    );
    return { trainer: new SupervisedTrainer(launch, start, options, events), open };
  }

  /** What the last trainer was started from is there no more: the folder may be away for a while. */
  get isGone(): boolean {
    return this.file !== undefined && !existsSync(this.file);
  }

  /** In words, for one whose run has failed. */
  get hint(): string {
    return this.envSteps === undefined
      ? 'Resume starts it again.'
      : `Resume goes on from the last checkpoint, at step ${this.envSteps}.`;
  }
}
