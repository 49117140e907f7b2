import type { EngineName } from '../../../shared/config.ts';
import { chooseEngine } from '../../engine/index.ts';
import { defaultWorkers } from './group.ts';

/** What a run computes with. */
export interface Compute {
  engine: Exclude<EngineName, 'auto'>;
  workers: number;
  /** Why this engine. */
  reason: string;
}

/** Only one thread of a process may load tfjs-node's library, and a GPU is kept busy by one. */
const ALONE: readonly EngineName[] = ['tfjs-node', 'webgpu'];

/**
 * Settles `auto`, and the number of workers: what was asked for (0 chooses from the cores), at most `most`, and one where
 * the engine cannot be shared.
 */
export async function settleCompute(
  { engine, workers }: { engine: EngineName; workers: number },
  most: number,
): Promise<Compute> {
  const choice =
    engine === 'auto' ? await chooseEngine() : { name: engine, reason: 'named by --engine' };
  const wanted = workers > 0 ? workers : defaultWorkers();
  return {
    engine: choice.name,
    workers: ALONE.includes(choice.name) ? 1 : Math.min(wanted, most),
    reason: choice.reason,
  };
}
