import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { percent } from '../../shared/percent.ts';
import { differenceInterval } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';
import { bestPath, keptPath } from './destination.ts';
import { shareOf } from './trainProgress.ts';

/** Seconds between two states of a long training on disk. */
const SAVE_EVERY = 60;

/** A file beside a training's destination. A full disk is told, and training goes on. */
abstract class FileBeside {
  private readonly out: string | undefined;
  protected readonly say: (line: string) => void;
  private readonly write: (file: string) => Promise<unknown>;

  /**
   * @param out the training's destination, where it has one
   * @param write writes what is to be kept, whole or not at all
   */
  constructor(
    out: string | undefined,
    write: (file: string) => Promise<unknown>,
    say: (line: string) => void,
  ) {
    this.out = out;
    this.write = write;
    this.say = say;
  }

  /** The file for a destination. */
  protected abstract beside(out: string): string;

  /** Undefined where the training has no destination. */
  get file(): string | undefined {
    return this.out === undefined ? undefined : this.beside(this.out);
  }

  /** Whether it is written. */
  protected async written(): Promise<boolean> {
    const { file } = this;
    if (file === undefined) return false;
    try {
      await this.write(file);
      return true;
    } catch (error) {
      this.say(`warning: ${file} could not be saved: ${(error as Error).message}`);
      return false;
    }
  }

  protected async remove(): Promise<void> {
    if (this.file !== undefined) await rm(this.file, { force: true });
  }
}

/** The newest state of a long training, kept until the destination is written. What cannot be saved now may be saved later. */
export class KeptWork extends FileBeside {
  protected readonly beside = keptPath;
  private last = performance.now();

  /** Saves where the last time was long enough ago. Call after each update. */
  async saveWhenDue(): Promise<void> {
    if (performance.now() - this.last < SAVE_EVERY * 1000) return;
    await this.save();
  }

  /** Saves now. Returns whether that went well. */
  async save(): Promise<boolean> {
    const isSaved = await this.written();
    this.last = performance.now();
    return isSaved;
  }

  /** The destination is written: what was kept meanwhile goes. */
  async finish(): Promise<void> {
    await this.remove();
  }
}

/** The policy of the best held-out test: a training may do harm late. */
export class BestPolicy extends FileBeside {
  protected readonly beside = bestPath;
  private best: Evaluation | undefined;

  /** Goes on with the best policy of a training that was interrupted, as far as it did better: `test` plays its file. */
  async takeUp(test: (file: string) => Promise<Evaluation>): Promise<void> {
    const { file } = this;
    if (file === undefined || !existsSync(file)) return;
    const result = await test(file);
    this.say(`${file}, the best before the interruption: ${percent(result.success)}`);
    this.best = result;
  }

  /** Call after each test of the present policy. */
  async keepIfBest(result: Evaluation): Promise<void> {
    if (this.best && this.best.success >= result.success) return;
    if (await this.written()) this.best = result;
  }

  /** Success of the kept policy; undefined where none is kept. */
  get success(): number | undefined {
    return this.best?.success;
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
      await this.remove();
      return undefined;
    }
    this.say(`The last policy is worse than one before it, which is kept in ${file}`);
    return file;
  }
}
