import type { EngineChoice, EngineName } from '../../../shared/config.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import { settleEngine } from '../../policy/workload.ts';
import { defaultWorkers } from './group.ts';

/** What a run computes with. */
export interface Compute {
  engine: EngineName;
  workers: number;
  /** Why this engine. */
  reason: string;
}

/** Only one thread of a process may load tfjs-node's library, and a GPU is kept busy by one. */
const ALONE: readonly EngineName[] = ['tfjs-node', 'webgpu'];

/**
 * Settles `auto` by an update of the policy that will run, and the number of workers: as asked for (0 chooses from the
 * cores), at most `most`, and one where the engine cannot be shared.
 */
export async function settleCompute(
  { engine, workers }: { engine: EngineChoice; workers: number },
  config: PolicyConfig,
  most: number,
): Promise<Compute> {
  const choice = await settleEngine(engine, config);
  const wanted = workers > 0 ? workers : defaultWorkers();
  return {
    engine: choice.name,
    workers: ALONE.includes(choice.name) ? 1 : Math.min(wanted, most),
    reason: choice.reason,
  };
}
