import { RequestError } from '../../shared/requestError.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';

/** What runs can start from: the checkpoints that come with the program, those of runs, and nothing. */
export class Inits {
  private readonly shipped: readonly string[];
  private readonly checkpoints: CheckpointFolder;

  constructor(shipped: readonly string[], checkpoints: CheckpointFolder) {
    this.shipped = shipped;
    this.checkpoints = checkpoints;
  }

  /** What the trainer is given for a run's `init`: a shipped name, `scratch`, or a checkpoint's file. */
  async fileOf(init: string): Promise<string> {
    if (init === 'scratch' || this.shipped.includes(init)) return init;
    const checkpoint = await this.checkpoints.find(init);
    if (checkpoint) return checkpoint.file;
    throw new RequestError(
      'bad-request',
      `init is "${init}"; accepted: ${['scratch', ...this.shipped].map((name) => `"${name}"`).join(', ')}, or the id of a run with a saved checkpoint`,
      'init',
    );
  }

  shippedOrScratch(name: string): string {
    return this.shipped.includes(name) ? name : 'scratch';
  }
}
