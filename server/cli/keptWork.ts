import { rm } from 'node:fs/promises';
import { differenceInterval } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';
import { bestPath, keptPath } from './destination.ts';

/** Seconds between two states of a long training on disk. */
const SAVE_EVERY = 60;

/**
 * The newest state of a long training, kept beside its destination until that is written. What cannot be
 * saved now may be saved later: a full disk is told, and training goes on.
 */
export class KeptWork {
  /** Undefined where the training has no destination. */
  readonly file: string | undefined;
  private readonly write: (file: string) => Promise<unknown>;
  private readonly say: (line: string) => void;
  private last = performance.now();

  /** @param write writes the present state to a file, whole or not at all */
  constructor(
    out: string | undefined,
    write: (file: string) => Promise<unknown>,
    say: (line: string) => void,
  ) {
    this.file = out === undefined ? undefined : keptPath(out);
    this.write = write;
    this.say = say;
  }

  /** Saves where the last time was long enough ago. Call after each update. */
  async saveWhenDue(): Promise<void> {
    if (performance.now() - this.last < SAVE_EVERY * 1000) return;
    await this.save();
  }

  /** Saves now. Returns whether that went well. */
  async save(): Promise<boolean> {
    if (this.file === undefined) return false;
    try {
      await this.write(this.file);
      return true;
    } catch (error) {
      this.say(`warning: ${this.file} could not be saved: ${(error as Error).message}`);
      return false;
    } finally {
      this.last = performance.now();
    }
  }

  /** The destination is written: what was kept meanwhile goes. */
  async finish(): Promise<void> {
    if (this.file !== undefined) await rm(this.file, { force: true });
  }
}

/** The policy of the best held-out test, beside the destination: a training may do harm late. */
export class BestPolicy {
  private readonly file: string | undefined;
  private readonly write: (file: string) => Promise<unknown>;
  private readonly say: (line: string) => void;
  private best: Evaluation | undefined;

  /** @param write writes the present policy to a file, whole or not at all */
  constructor(
    out: string | undefined,
    write: (file: string) => Promise<unknown>,
    say: (line: string) => void,
  ) {
    this.file = out === undefined ? undefined : bestPath(out);
    this.write = write;
    this.say = say;
  }

  /** Call after each test of the present policy. */
  async keepIfBest(result: Evaluation): Promise<void> {
    if (this.file === undefined || (this.best && this.best.success >= result.success)) return;
    try {
      await this.write(this.file);
      this.best = result;
    } catch (error) {
      this.say(`warning: ${this.file} could not be saved: ${(error as Error).message}`);
    }
  }

  /** Where the best policy lies now; undefined where none is kept. */
  get kept(): string | undefined {
    return this.best && this.file;
  }

  /** At the end: says where the best policy is if it did surely better than the last; else it goes. */
  async offer(end: Evaluation): Promise<string | undefined> {
    const { file, best } = this;
    if (file === undefined || best === undefined) return undefined;
    const [low] = differenceInterval(shareOf(end), shareOf(best));
    if (low <= 0) {
      await rm(file, { force: true });
      return undefined;
    }
    this.say(`The last policy is worse than one before it, which is kept in ${file}`);
    return file;
  }
}

const shareOf = ({ success, episodes }: Evaluation) => ({ value: success, count: episodes });
