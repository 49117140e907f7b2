import { timeHad } from '../processes/launcher.ts';
import type { Launch, TrainerHandle } from './launcher.ts';
import type { FromTrainer, StartMessage, ToTrainer } from './trainerProtocol.ts';

/** Why a trainer is being ended on purpose. */
export type Ending = 'park' | 'stop' | 'shutdown' | 'failed';

/** Limits, times in seconds. */
export interface WatchLimits {
  /** A trainer that says nothing for this long is taken for hung and killed. */
  silenceLimit: number;
  /** So is one that is alive but makes no progress (a step, a minibatch, an update, a checkpoint) for this long. */
  stallLimit: number;
  /** One that takes more bytes than this is ended. */
  memoryLimit: number;
}

export interface SupervisedEvents {
  message(message: FromTrainer): void;
  gone(departure: Departure): void;
}

/** How a trainer went. */
export interface Departure {
  /** Why it was being ended, if it was. */
  ending: Ending | undefined;
  /** In plain words, undefined where it left by itself with success. */
  reason: string | undefined;
  /** What it said of why it cannot go on. */
  failure: Extract<FromTrainer, { type: 'failed' }> | undefined;
}

/** Seconds that a trainer which has failed gets to leave by itself. */
const FAREWELL = 5;

/** A started trainer process that is watched for hanging, and whose end is known to the one who waits for it. */
export class SupervisedTrainer {
  readonly gone: Promise<void>;
  ending: Ending | undefined;
  /** It has loaded. */
  isReady = false;
  /** It waits because it was told to. */
  isPaused = false;
  /** And that in the middle of an update. */
  isMidway = false;
  /** Why it cannot save at present. */
  saveTrouble: string | undefined;
  private readonly handle: TrainerHandle;
  private readonly limits: WatchLimits;
  private lastSign = performance.now();
  private lastProgress = this.lastSign;
  /** What the last heartbeat said of progress. */
  private reached: number | undefined;
  private failure: Departure['failure'];
  private hung: string | undefined;

  constructor(launch: Launch, start: StartMessage, limits: WatchLimits, events: SupervisedEvents) {
    this.limits = limits;
    this.handle = launch();
    const watchdog = setInterval(
      () => this.watch(),
      Math.min(1000, limits.silenceLimit * 250, limits.stallLimit * 250),
    );
    this.handle.onMessage((message) => {
      this.note(message);
      events.message(message);
    });
    this.gone = new Promise((resolve) => {
      this.handle.onExit((reason) => {
        clearInterval(watchdog);
        events.gone({ ending: this.ending, reason: this.hung ?? reason, failure: this.failure });
        resolve();
      });
    });
    this.send(start);
  }

  send(message: ToTrainer): void {
    if (message.type === 'resume') {
      this.isPaused = false;
      this.lastProgress = performance.now();
    }
    this.handle.send(message);
  }

  /** Lets it finish its update and save; kills it where that takes too long. */
  async end(why: Ending, killAfterSeconds: number): Promise<void> {
    if (this.ending !== 'failed') this.ending = why;
    this.send({ type: 'stop' });
    const killer = setTimeout(() => this.handle.kill(), killAfterSeconds * 1000);
    await this.gone;
    clearTimeout(killer);
  }

  private note(message: FromTrainer): void {
    this.lastSign = performance.now();
    if (this.isProgress(message)) this.lastProgress = this.lastSign;
    switch (message.type) {
      case 'heartbeat':
        this.weigh(message.memoryBytes);
        break;
      case 'ready':
        this.isReady = true;
        break;
      case 'paused':
        this.isPaused = true;
        this.isMidway = message.midway !== undefined;
        break;
      case 'resumed':
        this.isPaused = false;
        this.isMidway = false;
        break;
      case 'saved':
        this.saveTrouble = undefined;
        break;
      case 'saveFailed':
        this.saveTrouble = message.message;
        break;
      case 'failed':
        this.ending ??= 'failed';
        this.failure = message;
        break;
    }
  }

  /** Whether it got on: not how long an update takes counts, but that it moves. */
  private isProgress(message: FromTrainer): boolean {
    if (message.type === 'episode') return false;
    if (message.type !== 'heartbeat') return true;
    const { reached } = message;
    const moved = reached !== undefined && reached !== this.reached;
    this.reached = reached;
    return moved;
  }

  private watch(): void {
    const now = performance.now();
    const unheard = (now - this.lastSign) / 1000;
    // Loading may wait long for a core on a busy machine; killed for that, it would begin again without end.
    const silent = this.isReady ? unheard : timeHad(unheard, this.handle.computed?.(), 0);
    const stalled = (now - this.lastProgress) / 1000;
    if (this.ending) {
      if (this.ending === 'failed' && silent > FAREWELL) this.handle.kill();
    } else if (silent > this.limits.silenceLimit) {
      this.killHung(`gave no sign of life for ${Math.round(silent)} s and was ended`);
    } else if (!this.isPaused && !this.saveTrouble && stalled > this.limits.stallLimit) {
      this.killHung(`made no progress for ${Math.round(stalled)} s and was ended`);
    }
  }

  private weigh(bytes: number): void {
    if (bytes > this.limits.memoryLimit && !this.ending)
      this.killHung(
        `took ${megabytes(bytes)} of memory, more than the ${megabytes(this.limits.memoryLimit)} that it may, and was ended`,
      );
  }

  private killHung(reason: string): void {
    this.hung = reason;
    this.handle.kill();
  }
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
