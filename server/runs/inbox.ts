import type { ChangeMessage, FromTrainer, StartMessage, ToTrainer } from './trainerProtocol.ts';

/** One trainer's side of the channel to the run manager. */
export interface TrainerChannel {
  send(message: FromTrainer): void;
  onMessage(listener: (message: ToTrainer) => void): void;
  /** The manager is gone. */
  onDisconnect(listener: () => void): void;
  /** Ends the process at once, whatever it is doing. */
  leave(): void;
}

/** What the manager asked for and the trainer has not yet done. */
export class Inbox {
  readonly start: Promise<StartMessage | undefined>;
  stopping = false;
  paused = false;
  /** The newest update that the manager has stored; undefined before its first word on that. */
  stored: number | undefined;
  private changes: ChangeMessage[] = [];
  private readonly sleepers = new Set<() => void>();
  private readonly listeners = new Set<() => void>();

  /** @param onOrphaned called when the manager is gone */
  constructor(channel: TrainerChannel, onOrphaned: () => void) {
    this.start = new Promise((resolve) => {
      channel.onMessage((message) => {
        if (message.type === 'start') resolve(message);
        else this.take(message);
        if (this.stopping) resolve(undefined);
      });
      channel.onDisconnect(() => {
        onOrphaned();
        this.take({ type: 'stop' });
        resolve(undefined);
      });
    });
  }

  takeChanges(): ChangeMessage[] {
    return this.changes.splice(0);
  }

  /** Resolves with what `work` brings, or with undefined at the next word to pause, resume or stop. */
  async until<T>(work: Promise<T>): Promise<T | undefined> {
    let listener = () => {};
    const news = new Promise<undefined>((resolve) => {
      listener = () => resolve(undefined);
    });
    this.listeners.add(listener);
    try {
      return await Promise.race([work, news]);
    } finally {
      this.listeners.delete(listener);
    }
  }

  /** Resolves when it is no longer paused, or is to stop. */
  async awake(): Promise<void> {
    while (this.paused && !this.stopping) await this.word();
  }

  /** Resolves with the next word to resume or stop, or after so many seconds. */
  word(seconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = seconds === undefined ? undefined : setTimeout(() => done(), seconds * 1000);
      const done = () => {
        clearTimeout(timer);
        this.sleepers.delete(done);
        resolve();
      };
      this.sleepers.add(done);
    });
  }

  private take(message: Exclude<ToTrainer, StartMessage>): void {
    // No word on what to do: nobody who waits for one wakes up.
    if (message.type === 'stored') {
      this.stored = message.updates;
      return;
    }
    if (message.type === 'change') this.changes.push(message);
    else if (message.type === 'pause') this.paused = true;
    else {
      if (message.type === 'stop') this.stopping = true;
      this.paused = false;
      for (const wake of [...this.sleepers]) wake();
    }
    for (const listen of [...this.listeners]) listen();
  }
}
